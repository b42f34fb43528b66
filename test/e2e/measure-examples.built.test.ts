import { cbor } from '@smithy/core/cbor';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import { assay } from '../support/assay.js';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane/control-plane.js';
import {
  type RecordingServer,
  type ScriptedResponse,
  startRecordingServer,
} from '../support/recording-server.js';

/** How an example is measured against a server that answers as the store does. */
interface Example {
  readonly provider: string;
  /** `examples/<file>.yaml`; absent: named after the provider. */
  readonly file?: string;
  /** Arguments, environment and files of secrets that make the example ask the server at `url`. */
  readonly start: (
    url: string,
    folder: string,
  ) => {
    readonly args?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    /** Name, then key. */
    readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  readonly answers: readonly ScriptedResponse[];
  /** Method and path, with the query, of what is asked. */
  readonly asked: readonly (string | RegExp)[];
  readonly value: string;
}

const EXAMPLES: readonly Example[] = [
  {
    provider: 'prometheus',
    file: 'success-rate',
    start: (prometheus) => ({ args: { service: 'checkout', prometheus } }),
    answers: [
      {
        body: '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1714564800,"0.99"]}]}}',
      },
    ],
    asked: ['POST /api/v1/query'],
    value: '[0.99]',
  },
  {
    provider: 'web',
    file: 'health',
    start: (url) => ({ args: { url: `${url}/healthz` } }),
    answers: [{ body: '{"status":"up"}' }],
    asked: ['GET /healthz'],
    value: '"up"',
  },
  {
    provider: 'newRelic',
    start: (url) => ({
      args: { app: 'checkout' },
      secrets: {
        newrelic: {
          'personal-api-key': 'NRAK-1',
          'account-id': '12345',
          'base-url-nerdgraph': `${url}/graphql`,
        },
      },
    }),
    answers: [{ body: '{"data":{"actor":{"account":{"nrql":{"results":[{"successRate":99.5}]}}}}}' }],
    asked: ['POST /graphql'],
    value: '{"successRate":99.5}',
  },
  {
    provider: 'wavefront',
    start: (address, folder) => ({
      args: { service: 'checkout', wavefront: 'provider://wavefront' },
      env: { ASSAY_PROVIDERS_FILE: join(folder, 'servers', 'providers.json') },
      secrets: {
        servers: {
          'providers.json': JSON.stringify({
            providers: [
              { name: 'wavefront', address, loopback: true, authentication: { bearer: { value: 'token' } } },
            ],
          }),
        },
      },
    }),
    answers: [{ body: '{"timeseries":[{"data":[[1714564800,0.987]]}]}' }],
    asked: [/^GET \/api\/v2\/chart\/api\?.*&q=.*checkout.*&strict=false$/],
    value: '0.99',
  },
  {
    provider: 'datadog',
    start: (address) => ({
      args: { service: 'checkout' },
      secrets: { datadog: { address, 'api-key': 'api', 'app-key': 'app' } },
    }),
    answers: [
      {
        body: '{"data":{"attributes":{"columns":[{"name":"host","type":"group","values":[["a"],["b"]]},{"name":"formula1","type":"number","values":[0.01,0.02]}]}}}',
      },
    ],
    asked: ['POST /api/v2/query/scalar'],
    value: '[0.01,0.02]',
  },
  {
    provider: 'graphite',
    start: (graphite) => ({ args: { service: 'checkout', graphite } }),
    answers: [
      { body: '[{"target":"errors","datapoints":[[12,1714564740],[3,1714564800],[null,1714564860]]}]' },
    ],
    asked: [
      'GET /render?format=json&from=-5min&target=summarize%28sumSeries%28apps.checkout.%2A.http.5xx%29%2C%271min%27%29',
    ],
    value: '[12.000000,3.000000]',
  },
  {
    provider: 'influxdb',
    start: (address) => ({
      args: { service: 'checkout' },
      secrets: { influxdb: { address, authToken: 'token', org: 'shop' } },
    }),
    answers: [
      {
        body: '#datatype,string,long,double\n#group,false,false,false\n#default,_result,,\n,result,table,_value\n,,0,0.01\n',
      },
    ],
    asked: ['POST /api/v2/query?org=shop'],
    value: '[0.01]',
  },
  {
    provider: 'skywalking',
    start: (skywalking) => ({ args: { service: 'checkout', skywalking } }),
    answers: [{ body: '{"data":{"apdex":{"label":null,"values":{"values":[{"value":9900}]}}}}' }],
    asked: ['POST /graphql'],
    value: '{"apdex":{"label":null,"values":{"values":[{"value":9900}]}}}',
  },
  {
    // It waits 15 s, as every measurement by Kayenta does.
    provider: 'kayenta',
    start: (kayenta) => ({ args: { kayenta, stable: 'shop-1', canary: 'shop-2' } }),
    answers: [
      { body: '[{"id":"c-1","name":"shop"}]' },
      { body: '{"canaryExecutionId":"e-1"}' },
      { body: '{"complete":true,"result":{"judgeResult":{"score":{"score":97.5}}}}' },
    ],
    asked: [
      'GET /canaryConfig?application=shop&configurationAccountName=storage',
      'POST /canary/c-1?application=shop&metricsAccountName=prometheus&configurationAccountName=storage&storageAccountName=storage',
      'GET /canary/e-1',
    ],
    value: '97',
  },
  {
    provider: 'cloudWatch',
    start: (url) => ({
      args: { balancer: 'app/shop/1' },
      env: {
        AWS_REGION: 'eu-central-1',
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
      },
    }),
    answers: [
      {
        headers: { 'Content-Type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: cbor.serialize({
          MetricDataResults: [{ Id: 'rate', Label: 'rate', StatusCode: 'Complete', Values: [0.005] }],
        }),
      },
    ],
    asked: ['POST /service/GraniteServiceVersion20100801/operation/GetMetricData'],
    value: '[[0.005]]',
  },
  {
    provider: 'plugin',
    start: (latency) => ({
      args: { service: 'checkout', latency },
      env: {
        ASSAY_PROVIDERS_FILE: fileURLToPath(new URL('../plugins/providers.yaml', import.meta.url)),
      },
    }),
    answers: [{ body: '{"p99":0.12}' }],
    asked: ['GET /latency/checkout'],
    value: '{"p99":0.12}',
  },
];

describe('assay measure of an example', () => {
  let server: RecordingServer;
  let folder: string;
  beforeAll(async () => {
    server = await startRecordingServer();
    folder = await mkdtemp(join(tmpdir(), 'assay-examples-'));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  async function writeSecrets(secrets: NonNullable<ReturnType<Example['start']>['secrets']>): Promise<void> {
    for (const [name, keys] of Object.entries(secrets)) {
      await mkdir(join(folder, name), { recursive: true });
      for (const [key, value] of Object.entries(keys)) await writeFile(join(folder, name, key), value);
    }
  }

  it.each(EXAMPLES)(
    'asks $provider and judges its answer',
    async ({ provider, file = provider, start, answers, asked, value }) => {
      server.answer(answers);
      const { args = {}, env = {}, secrets = {} } = start(server.url, folder);
      await writeSecrets(secrets);
      const path = fileURLToPath(new URL(`../../examples/${file}.yaml`, import.meta.url));
      const { code, out, err } = await assay(
        [
          'measure',
          '-f',
          path,
          ...Object.entries(args).flatMap(([name, text]) => ['--arg', `${name}=${text}`]),
          '--output',
          'json',
        ],
        { env: { ...env, ASSAY_SECRETS_DIR: folder } },
      );
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const [measured] = JSON.parse(out) as readonly { readonly measurement: Measurement }[];
      expect(measured?.measurement).toMatchObject({ phase: 'Successful', value });
      expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(
        asked.map((each): unknown => (typeof each === 'string' ? each : expect.stringMatching(each))),
      );
    },
  );
});

describe('assay measure, in a cluster', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  }, 120_000);
  afterAll(() => plane.stop());

  it('runs the example of job and judges how it ends', async () => {
    const path = fileURLToPath(new URL('../../examples/job.yaml', import.meta.url));
    const args = ['measure', '-f', path, '--arg', 'url=http://checkout/healthz', '--output', 'json'];
    const { code, out, err } = await assay(args, { env: { KUBECONFIG: plane.kubeconfig } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [measured] = JSON.parse(out) as readonly { readonly measurement: Measurement }[];
    expect(measured?.measurement).toMatchObject({ phase: 'Successful' });
    const jobs = (await plane.call('GET', '/apis/batch/v1/namespaces/default/jobs')) as {
      readonly items: readonly unknown[];
    };
    expect(jobs.items).toMatchObject([
      {
        metadata: { name: measured?.measurement.metadata?.['job-name'], labels: { team: 'checkout' } },
        spec: {
          template: {
            spec: { containers: [{ args: expect.arrayContaining(['http://checkout/healthz']) as unknown }] },
          },
        },
        status: { succeeded: 1 },
      },
    ]);
  }, 60_000);
});
