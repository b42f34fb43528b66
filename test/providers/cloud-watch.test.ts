import { cbor, tag } from '@smithy/core/cbor';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { CloudWatchMetric, Metric } from '../../schemas/index.js';
import {
  createEgressPolicy,
  createHttpClient,
  environmentCredentials,
  type HttpClient,
  ProviderError,
} from '../../service/providers/index.js';
import { freePort } from '../support/free-port.js';
import { type ScriptedResponse } from '../support/recording-server.js';
import { measureOnce } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const { server, http } = await serverOfFile();

const SPEC: CloudWatchMetric = {
  interval: '30m',
  metricDataQueries: [{ id: 'rate', expression: 'errors / requests' }],
};
const SECRET = 'marker-secret-4711';
const TOKEN = 'marker-token-4711';

const answer = (body: unknown, more: ScriptedResponse = {}): ScriptedResponse => ({
  headers: { 'Content-Type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
  body: cbor.serialize(body),
  ...more,
});
const results = (...values: (readonly number[])[]): ScriptedResponse =>
  answer({
    MetricDataResults: values.map((Values, index) => ({
      Id: `r${index}`,
      Label: 'errors',
      StatusCode: 'Complete',
      Timestamps: Values.map(() => tag({ tag: 1, value: 1_714_564_500 })),
      Values,
    })),
  });

interface Circumstances extends Omit<Metric, 'name' | 'provider'> {
  readonly spec?: CloudWatchMetric;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly client?: HttpClient;
}

function measure({ spec = SPEC, env = {}, signal, client = http, ...metric }: Circumstances = {}) {
  const environment = {
    AWS_REGION: 'us-west-2',
    AWS_ENDPOINT_URL_CLOUDWATCH: server.url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: TOKEN,
    ...env,
  };
  return measureOnce({ ...metric, provider: { cloudWatch: spec } }, client, {
    defaults: { environment, awsCredentials: environmentCredentials(environment) },
    ...(signal === undefined ? {} : { signal }),
  });
}

const requestBody = (): unknown => cbor.deserialize(server.requests[0]?.bytes ?? new Uint8Array());

describe('provider.cloudWatch', () => {
  it('asks of the last five minutes when the spec does not say', async () => {
    server.answer([results([1])]);
    await measure({ spec: { metricDataQueries: [] } });
    const { StartTime, EndTime } = requestBody() as Record<string, { value: number }>;
    expect((EndTime?.value ?? 0) - (StartTime?.value ?? 0)).toBe(300);
  });

  it.each([
    [60, 60],
    ['60', 60],
    ['a minute', 0],
    ['99999999999', 1_215_752_191],
  ])('takes the period %j for %i', async (period, seconds) => {
    server.answer([results([1])]);
    await measure({
      spec: { metricDataQueries: [{ id: 'q', period, metricStat: { period, stat: 'Sum', metric: {} } }] },
    });
    expect(requestBody()).toMatchObject({
      MetricDataQueries: [{ Id: 'q', Period: seconds, MetricStat: { Period: seconds, Stat: 'Sum' } }],
    });
  });

  it.each([
    ['len(result) == 0', 'Error'],
    ['isNil(result)', 'Successful'],
    ['result[0].Values[0] < 0.1', 'Error'],
  ])('without results makes %s %s', async (successCondition, phase) => {
    server.answer([answer({ MetricDataResults: [] })]);
    expect(await measure({ successCondition })).toMatchObject({ phase, value: '[]' });
  });

  it.each([
    ['len(result[0].Values) == 0', 'Successful'],
    ['result[0].Values[0] < 0.1', 'Error'],
    ['all(result[0].Values, # < 0.1)', 'Successful'],
  ])('with a result that has no values makes %s %s', async (successCondition, phase) => {
    server.answer([results([])]);
    const measured = await measure({ successCondition });
    expect(measured).toMatchObject({ phase, value: '[[]]' });
    if (phase === 'Error') expect(measured.message).toContain('index out of range: 0 (array length is 0)');
  });

  it.each(['Forbidden', 'InternalError', 'PartialData', 'something new'])(
    'makes a result that is %s and has no values an Error, whatever the condition says',
    async (StatusCode) => {
      const none = { Id: 'r1', Label: 'errors', StatusCode, Timestamps: [], Values: [] };
      server.answer([answer({ MetricDataResults: [none], Messages: [{ Code: 'c', Value: 'v' }] })]);
      expect(await measure({ successCondition: 'all(result[0].Values, # < 0.1)' })).toMatchObject({
        phase: 'Error',
        message: `CloudWatch gave no values for "r1": its StatusCode is "${StatusCode}"`,
        metadata: { messages: '[{Code:c Value:v}]' },
      });
    },
  );

  it('judges a part of the values', async () => {
    const part = { Id: 'r1', StatusCode: 'PartialData', Values: [0.5] };
    server.answer([answer({ MetricDataResults: [part] })]);
    expect(await measure({ successCondition: 'result[0].Values[0] < 1' })).toMatchObject({
      phase: 'Successful',
      value: '[[0.5]]',
    });
  });

  it.each([
    ['true', 'Successful'],
    ['result[0].Values[7] > 1', 'Error'],
  ])('shows what CloudWatch remarks, also when %s is %s', async (successCondition, phase) => {
    const Messages = [{ Code: 'ArchiveUnavailable', Value: 'later' }, { Code: 'x' }];
    server.answer([
      answer({ MetricDataResults: [{ Id: 'a', StatusCode: 'Complete', Values: [1] }], Messages }),
    ]);
    expect(await measure({ successCondition })).toMatchObject({
      phase,
      metadata: { messages: '[{Code:ArchiveUnavailable Value:later} {Code:x Value:<nil>}]' },
    });
  });

  it.each([
    [{ MetricDataResults: [] }, '[]'],
    [{}, '[]'],
    [{ MetricDataResults: [{ Id: 'a', StatusCode: 'Complete', Values: [] }, { Id: 'b' }] }, '[[] []]'],
  ])('makes %j an Error when there is no condition', async (body, value) => {
    server.answer([answer(body)]);
    expect(await measure()).toMatchObject({
      phase: 'Error',
      value,
      message: expect.stringContaining('no condition provides for it') as string,
    });
  });

  it('has no metadata when CloudWatch remarks nothing', async () => {
    server.answer([answer({ MetricDataResults: [{ Id: 'a', Values: [1] }], Messages: [] })]);
    expect(await measure()).not.toHaveProperty('metadata');
  });

  it('tries three times when CloudWatch is not well, and no more', async () => {
    server.answer([answer({ __type: 'x#InternalFailure', message: 'later' }, { status: 500 })]);
    expect(await measure()).toMatchObject({
      phase: 'Error',
      message:
        'operation error CloudWatch: GetMetricData, https response error StatusCode: 500, RequestID: , InternalFailure: later',
    });
    expect(server.requests).toHaveLength(3);
  });

  it('tries again when the connection breaks', async () => {
    server.answer([{ closeConnection: true }, results([1])]);
    expect(await measure()).toMatchObject({ phase: 'Successful', value: '[[1]]' });
  });

  it.each([
    ['AccessDeniedException', 403, 1],
    ['ExpiredTokenException', 403, 1],
    ['InvalidParameterValueException', 400, 1],
    ['ThrottlingException', 400, 3],
  ])('tells of %s after as many attempts as may help', async (name, status, attempts) => {
    server.answer([answer({ __type: `com.amazonaws.cloudwatch#${name}`, message: 'no' }, { status })]);
    expect((await measure()).message).toBe(
      `operation error CloudWatch: GetMetricData, https response error StatusCode: ${status}, RequestID: , ${name}: no`,
    );
    expect(server.requests).toHaveLength(attempts);
  });

  it.each([
    ['text', { body: 'nope' }],
    [
      'an answer that breaks off',
      { ...results([1]), body: cbor.serialize({ MetricDataResults: [] }).subarray(0, 9) },
    ],
    ['values that are no numbers', answer({ MetricDataResults: [{ Id: 'a', Values: ['up'] }] })],
    [
      'times that are no times',
      answer({ MetricDataResults: [{ Id: 'a', Timestamps: ['now'], Values: [1] }] }),
    ],
    ['an Id that is no text', answer({ MetricDataResults: [{ Id: 5, Values: [1] }] })],
    ['results that are no list', answer({ MetricDataResults: 'none' })],
    ['no answer at all', { body: '' }],
  ])('makes %s an Error', async (_what, response: ScriptedResponse) => {
    server.answer([response]);
    expect((await measure({ successCondition: 'true' })).phase).toBe('Error');
  });

  it('says that there is no region, and asks nobody', async () => {
    server.answer([results([1])]);
    expect((await measure({ env: { AWS_REGION: '' } })).message).toBe(
      'operation error CloudWatch: GetMetricData, failed to resolve service endpoint, there is no region: set AWS_REGION',
    );
    expect(server.requests).toHaveLength(0);
  });

  it('says that there are no credentials, and asks nobody', async () => {
    server.answer([results([1])]);
    expect((await measure({ env: { AWS_ACCESS_KEY_ID: '' } })).message).toContain(
      'there are no AWS credentials: no AWS_ACCESS_KEY_ID',
    );
    expect(server.requests).toHaveLength(0);
  });

  it('says that nobody listens', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { phase, message } = await measure({ env: { AWS_ENDPOINT_URL_CLOUDWATCH: `http://${address}` } });
    expect({ phase, message }).toEqual({
      phase: 'Error',
      message: `Post "http://${address}/service/GraniteServiceVersion20100801/operation/GetMetricData": dial tcp ${address}: connect: connection refused`,
    });
  });

  it('takes the region of AWS_DEFAULT_REGION and signs for it, with the token of the session', async () => {
    server.answer([results([1])]);
    await measure({ env: { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-central-1' } });
    expect(server.requests[0]?.headers).toMatchObject({ 'x-amz-security-token': TOKEN });
    expect(server.requests[0]?.headers['authorization']).toContain('/20240501/eu-central-1/monitoring/');
  });

  it.each([
    ['eu-central-1', 'https://monitoring.eu-central-1.amazonaws.com/'],
    ['cn-north-1', 'https://monitoring.cn-north-1.amazonaws.com.cn/'],
    ['us-gov-west-1', 'https://monitoring.us-gov-west-1.amazonaws.com/'],
  ])('asks the endpoint of %s when none is configured', async (region, endpoint) => {
    const asked: string[] = [];
    const client: HttpClient = {
      request({ url }) {
        asked.push(url);
        return Promise.reject(new ProviderError('egressDenied', 'not in a test'));
      },
      close: () => undefined,
    };
    const { message } = await measure({
      client,
      env: { AWS_REGION: region, AWS_ENDPOINT_URL_CLOUDWATCH: '' },
    });
    expect(asked).toEqual([`${endpoint}service/GraniteServiceVersion20100801/operation/GetMetricData`]);
    expect(message).toBe('not in a test');
  });

  it('takes region and endpoint of the profile when the environment has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-aws-'));
    const config = join(folder, 'config');
    writeFileSync(config, `[profile shop]\nregion = ap-south-1\nendpoint_url = ${server.url}\n`);
    // AWS' library reads these itself.
    vi.stubEnv('AWS_CONFIG_FILE', config);
    vi.stubEnv('AWS_PROFILE', 'shop');
    server.answer([results([1])]);
    await measure({ env: { AWS_REGION: '', AWS_ENDPOINT_URL_CLOUDWATCH: '', AWS_PROFILE: 'shop' } });
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
    expect(server.requests[0]?.headers['authorization']).toContain('/20240501/ap-south-1/monitoring/');
  });

  it('does not go where the egress rules forbid', async () => {
    server.answer([results([1])]);
    const closed = createHttpClient({
      egress: createEgressPolicy({ deny: ['127.0.0.0/8'], loopback: true }),
    });
    expect(await measure({ client: closed })).toMatchObject({ phase: 'Error' });
    closed.close();
    expect(server.requests).toHaveLength(0);
  });

  it('ends when nobody waits any more', async () => {
    server.answer([{ ...results([1]), delayMs: 10_000 }]);
    const canceled = new AbortController();
    const measured = measure({ signal: canceled.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    canceled.abort();
    expect(await measured).toMatchObject({ phase: 'Error' });
    expect(server.requests).toHaveLength(1);
  });

  it('shows no credentials, not even when CloudWatch tells them', async () => {
    server.answer([answer({ __type: 'x#Denied', message: `${SECRET} and ${TOKEN}` }, { status: 400 })]);
    const measured = await measure();
    expect(measured.message).toContain('Denied: ***** and *****');
    expect(JSON.stringify(measured)).not.toContain('marker');
  });
});
