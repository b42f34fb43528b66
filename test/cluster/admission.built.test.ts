import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { programPath } from '../built/binaries.js';
import { makeCertificate } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';

/** What `kubectl apply` says where the chart's admission webhook is asked, by a real API server. */
let cluster: Cluster;
let service: ServingAssay;
let controller: RunningController;
let folder: string;

interface Webhooks {
  readonly webhooks: readonly object[];
}
interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(program: string, args: readonly string[], input = ''): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.end(input);
  });
}

/** The chart's webhooks. What differs: here the controller is no pod behind a Service, but a port of this machine. */
async function webhooksAt(port: number, ca: string): Promise<object> {
  const chart = fileURLToPath(new URL('../../helm/assay', import.meta.url));
  const { out, err } = await run(programPath('helm'), [
    ...['template', 'assay', chart, '-n', 'delivery', '--kube-version', '1.34.0'],
    ...['--show-only', 'templates/admission.yaml', '--set', 'controller.admission.enabled=true'],
  ]);
  expect(err).toBe('');
  const text =
    out.split('\n---\n').find((each) => each.includes('kind: ValidatingWebhookConfiguration')) ?? '';
  const configuration = parse(text) as Webhooks;
  const clientConfig = {
    url: `https://127.0.0.1:${port}/admission`,
    caBundle: Buffer.from(ca).toString('base64'),
  };
  const webhooks = configuration.webhooks.map((webhook) => ({ ...webhook, clientConfig }));
  return { ...configuration, webhooks };
}

beforeAll(async () => {
  cluster = await startCluster();
  service = await startService();
  folder = await mkdtemp(join(tmpdir(), 'assay-admission-'));
  const { cert, key } = makeCertificate();
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
  const admission = { certificates: folder, port: 0 };
  controller = await startControllerOf(cluster, service.url, { admission });
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  await cluster.call('POST', path, await webhooksAt(controller.admissionPort ?? 0, cert));
  // The API server begins to ask a moment after it has taken the configuration.
  await eventually('the webhook is asked', async () => {
    const { code } = await apply(template('probe', [{ name: 'm', provider: {} }]), '--dry-run=server');
    return code === 0 ? undefined : true;
  });
}, 120_000);
afterAll(async () => {
  await controller.stop();
  await service.close();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

const apply = (object: object, ...more: readonly string[]): Promise<Said> =>
  run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'apply', ...more, '-f', '-'], stringify(object));

const API = { apiVersion: 'argoproj.io/v1alpha1' };
const provider = { prometheus: { address: 'http://prometheus:9090', query: 'up' } };
const good = { name: 'rate', successCondition: 'result[0] > 0.9', provider };
const template = (name: string, metrics: readonly object[], kind = 'AnalysisTemplate'): object => ({
  ...{ ...API, kind, metadata: { name }, spec: { metrics } },
});
const rollout = (name: string, more: object): object => ({
  ...{ ...API, kind: 'Rollout', metadata: { name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: 'app:1' }] } },
    ...more,
  },
});

describe('kubectl apply', () => {
  it.each(['AnalysisTemplate', 'ClusterAnalysisTemplate'])(
    'of a faulty %s names every fault',
    async (kind) => {
      const metrics = [
        { ...good, interval: 'ten minutes', successCondition: 'result[0] >' },
        { ...good, name: 'other', count: 3 },
      ];
      const { code, err } = await apply(template('faulty', metrics, kind));
      expect(code).toBe(1);
      expect(err).toContain(`The ${kind} "faulty" is invalid`);
      expect(err).toContain(
        '* spec.metrics[0].interval: invalid interval string: time: invalid duration "ten minutes"\n',
      );
      expect(err).toContain('* spec.metrics[0].successCondition: unexpected token EOF (1:12)\n');
      expect(err).toContain('* spec.metrics[1].interval: interval must be specified when count > 1\n');
    },
  );

  it('of a good template takes it, and warns of what is probably not meant', async () => {
    expect(await apply(template('good', [good]))).toMatchObject({ code: 0, err: '' });
    const { code, err, out } = await apply(template('doubtful', [{ ...good, successCondition: '' }]));
    expect([code, out]).toEqual([0, 'analysistemplate.argoproj.io/doubtful created\n']);
    expect(err).toMatch(/^Warning: spec\.metrics\[0\]/);
  });

  it('of a faulty Rollout names every fault', async () => {
    const canary = { steps: [{ setWeight: 101 }, { setCanaryScale: { weight: 10 } }] };
    const { code, err } = await apply(rollout('shop', { minReadySeconds: -1, strategy: { canary } }));
    expect(code).toBe(1);
    for (const path of [
      'spec.minReadySeconds',
      'spec.strategy.canary.steps[0].setWeight',
      'spec.strategy.canary.steps[1].setCanaryScale',
    ])
      expect(err).toContain(`* ${path}: `);
    expect(await apply(rollout('shop', { strategy: { canary: {} } }))).toMatchObject({ code: 0, err: '' });
  });

  it('of a faulty AnalysisRun names every fault, and a good one is measured', async () => {
    const spec = { args: [{ name: 'missing' }], metrics: [good, good] };
    const { code, err } = await apply({ ...API, kind: 'AnalysisRun', metadata: { name: 'faulty' }, spec });
    expect(code).toBe(1);
    expect(err).toContain('* spec.args[0]: args.missing was not resolved');
    expect(err).toContain("* spec.metrics[1].name: duplicate name 'rate'");
    const metadata = { name: 'good' };
    const endless = { metrics: [{ ...good, consecutiveErrorLimit: 0 }] };
    expect(await apply({ ...API, kind: 'AnalysisRun', metadata, spec: endless })).toMatchObject({ code: 0 });
    await cluster.inPhase('default', 'good', 'Error');
  });
});

describe('an object that was faulty before', () => {
  it('tells so itself, and can be labelled, ended and deleted', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    const { items } = (await cluster.call('GET', path)) as {
      items: (Webhooks & { metadata: { name: string } })[];
    };
    const [webhooks] = items;
    if (webhooks === undefined) throw new Error('there are no webhooks');
    await cluster.call('DELETE', `${path}/${webhooks.metadata.name}`);
    const faulty = rollout('before', { strategy: { canary: { steps: [{ setWeight: 101 }] } } });
    await eventually('it is taken', async () => ((await apply(faulty)).code === 0 ? true : undefined));
    const { metadata: _metadata, ...rest } = webhooks;
    await cluster.call('POST', path, { ...rest, metadata: { name: webhooks.metadata.name } });
    await eventually('the webhook is asked again', async () => {
      const { code } = await apply(template('probe', [{ name: 'm', provider: {} }]), '--dry-run=server');
      return code === 0 ? undefined : true;
    });
    const rollouts = '/apis/argoproj.io/v1alpha1/namespaces/default/rollouts/before';
    const told = await eventually('its condition tells', async () => {
      const { status = {} } = (await cluster.call('GET', rollouts)) as {
        status?: { conditions?: { type: string; message: string }[] };
      };
      return status.conditions?.find(({ type }) => type === 'InvalidSpec')?.message;
    });
    expect(told).toBe(
      'The Rollout "before" is invalid: spec.strategy.canary.steps[0].setWeight: SetWeight needs to be between 0 and 100',
    );
    await cluster.call('PATCH', rollouts, { metadata: { labels: { looked: 'at' } }, spec: { paused: true } });
    await expect(cluster.call('PATCH', rollouts, { spec: { minReadySeconds: 1 } })).rejects.toThrow('422');
    await cluster.call('DELETE', rollouts);
  });

  it('does not stand in the way of anything once no controller can be asked', async () => {
    await controller.stop();
    expect(await apply(template('unasked', [{ name: 'm', provider: {} }]))).toMatchObject({ code: 0 });
  });
});
