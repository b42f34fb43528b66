import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../service/platform/index.js';
import { parseDocuments, validateDocument } from '../../schemas/index.js';
import { programPath } from '../built/binaries.js';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane/control-plane.js';

const CHART = fileURLToPath(new URL('../../helm/assay', import.meta.url));
/** A Helm that is built from its module takes Kubernetes for an old one. */
const KUBERNETES = '1.34.0';
/** Everything that can be turned on. */
const FULL = [
  ...['auth.tokens[0].name=ci', `auth.tokens[0].sha256=${'a'.repeat(64)}`, 'auth.tokens[0].scopes[0]=run'],
  ...[
    'auth.tokens[0].namespaces[0]=shop',
    'providers.providers[0].name=main',
    'providers.providers[0].address=http://prometheus:9090',
  ],
  ...['templates.rate\\.yaml=kind: AnalysisTemplate', 'config.concurrency=20', 'config.publicMetrics=true'],
  ...['monitoring.serviceMonitor=true', 'monitoring.rules=true', 'monitoring.dashboard=true'],
  ...['controller.apiVersions.istio=v1', 'controller.trafficPlugins.acme/mesh=http://mesh:8080'],
  ...['controller.notifications.services[0].name=ci', 'controller.notifications.services[0].type=webhook'],
  ...['controller.notifications.services[0].url.file=/etc/assay-notifications/ci-url'],
  ...['controller.notificationsSecret=webhooks'],
  ...['controller.instanceId=one', 'redis.storageClassName=fast', 'monitoring.labels.release=prometheus'],
  'controller.admission.enabled=true',
];
/** As little as there can be. */
const SMALL = ['controller.enabled=false', 'redis.enabled=false', 'redis.url=redis://redis', 'replicas=1'];
const NAMESPACED = ['controller.namespaced=true'];
/** Kinds of operators that the API server of the tests does not know. */
const FOREIGN = ['PodMonitor', 'PrometheusRule'];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly unknown[];
}

async function helm(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const version = args.includes('--kube-version') ? [] : ['--kube-version', KUBERNETES];
  const child = spawn(programPath('helm'), [...args, ...version], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

const setting = (values: readonly string[]) => values.flatMap((value) => ['--set', value]);

async function template(values: readonly string[]): Promise<readonly Manifest[]> {
  const { code, out, err } = await helm('template', 'assay', CHART, '-n', 'delivery', ...setting(values));
  expect(code, err).toBe(0);
  return parseAllDocuments(out)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** Path of the collection that a manifest is made in. */
function collection({ apiVersion, kind }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind === 'NetworkPolicy' ? 'networkpolicies' : `${kind.toLowerCase()}s`;
  const isOfCluster = kind.startsWith('Cluster') || kind === 'ValidatingWebhookConfiguration';
  return isOfCluster ? `${root}/${plural}` : `${root}/namespaces/delivery/${plural}`;
}

describe.each([
  { name: 'as it comes', values: [] },
  { name: 'with everything', values: FULL },
  { name: 'as small as can be', values: SMALL },
  { name: 'for one namespace', values: NAMESPACED },
])('the chart $name', ({ values }) => {
  it('has nothing that Helm finds fault with', async () => {
    const { code, out } = await helm('lint', '--strict', CHART, ...setting(values));
    expect(code, out).toBe(0);
  });

  it('has settings and callers that the service takes', async () => {
    const manifests = await template(values);
    const data = manifests.find(({ kind, data = {} }) => kind === 'ConfigMap' && 'config.yaml' in data)?.data;
    const files: Readonly<Record<string, string>> = { '/config.yaml': data?.['config.yaml'] ?? '' };
    const { warnings } = loadConfig({
      env: { ASSAY_CONFIG_FILE: '/config.yaml' },
      readText: (path) => files[path] ?? '',
    });
    expect(warnings).toEqual([]);
    for (const [file, kind] of [
      ['access.yaml', 'AccessFile'],
      ['providers.yaml', 'ProviderConfigs'],
    ] as const) {
      const content = data?.[file];
      if (content === undefined) continue;
      const [document] = parseDocuments(content, { source: file });
      // The service refuses what it does not know in them.
      expect(validateDocument(kind, document?.value)).toMatchObject({ errors: [], warnings: [] });
    }
    const told = manifests.find(({ metadata }) => metadata.name === 'assay-notifications')?.data;
    expect(told !== undefined).toBe(values === FULL);
    const [document] = parseDocuments(told?.['notifications.yaml'] ?? 'services: []');
    expect(validateDocument('Notifications', document?.value).errors).toEqual([]);
  });
});

it('says what is missing when it is told of no Redis', async () => {
  const { code, err } = await helm('template', 'assay', CHART, '--set', 'redis.enabled=false');
  expect(code).toBe(1);
  expect(err).toContain('redis.url or redis.existingSecret: without redis.enabled, say where your Redis is');
});

it.each([
  ['contoller.enabled=false', "at '': additional properties 'contoller' not allowed"],
  ['config.conccurency=3', "at '/config': additional properties 'conccurency' not allowed"],
  // The chart sets it, whatever stands there.
  ['config.redisUrl=redis://mine', "at '/config': additional properties 'redisUrl' not allowed"],
  ['providers.servers.main=x', "at '/providers': additional properties 'servers' not allowed"],
  ['replicas=many', "at '/replicas': got string, want integer"],
  ['controller.enabled=maybe', "at '/controller/enabled': got string, want boolean"],
  ['image.tag=110', "at '/image/tag': got number, want string"],
  ['redis.maxMemory=lots', "at '/redis/maxMemory': 'lots' does not match pattern"],
  ['env=abc', "at '/env': got string, want array"],
  ['redis=null', "at '': missing property 'redis'"],
  [
    'redis.url=redis://mine',
    "redis.url: with redis.enabled the chart's own Redis is used, and not this one: set redis.enabled to false, or leave redis.url out",
  ],
])('refuses the value %s', async (value, told) => {
  const { code, err } = await helm('template', 'assay', CHART, '--set', value);
  expect(code).toBe(1);
  expect(err).toContain(told);
});

it('takes values that every chart gets as a part of another one', async () => {
  await template(['global.domain=example', 'enabled=true']);
});

it.each([[[]], [['controller.clusterName=local']], [['controller.clusterName=']]])(
  'is not made for the service of another cluster with the name of that one: %j',
  async (more) => {
    const values = setting(['controller.server=https://assay.example', ...more]);
    const { code, err } = await helm('template', 'assay', CHART, ...values);
    expect(code).toBe(1);
    expect(err).toContain(
      'controller.clusterName: with controller.server, give this cluster a name of its own at that service',
    );
    const named = ['controller.server=https://assay.example', 'controller.clusterName=east'];
    expect((await helm('template', 'assay', CHART, ...setting(named))).code).toBe(0);
  },
);

it.each([
  ['1.34.0', SMALL, ['service']],
  ['1.34.0', FULL, ['service', 'controller']],
  ['1.34.0', [], ['service']],
  ['1.30.0-eks-1', [], ['service']],
  ['1.29.9', FULL, []],
])(
  'of Kubernetes %s lets what is asked over a Service go on until that is known (%#)',
  async (version, values, names) => {
    const args = ['template', 'assay', CHART, '--kube-version', version, ...setting(values)];
    const { out } = await helm(...args);
    const deployment = parseAllDocuments(out)
      .map((document) => document.toJS() as { kind?: string; spec?: unknown } | null)
      .find((manifest) => manifest?.kind === 'Deployment');
    const { containers } = (
      deployment?.spec as {
        template: { spec: { containers: readonly { name: string; lifecycle?: unknown }[] } };
      }
    ).template.spec;
    const waiting = containers.filter(({ lifecycle }) => lifecycle !== undefined);
    expect(waiting.map(({ name }) => name)).toEqual(names);
    for (const { lifecycle } of waiting) expect(lifecycle).toEqual({ preStop: { sleep: { seconds: 3 } } });
  },
);

describe('a real API server', () => {
  let plane: ControlPlane | undefined;
  beforeAll(async () => {
    plane = await startControlPlane({ pods: false });
    await plane.createNamespace('delivery');
  }, 120_000);
  afterAll(() => plane?.stop());

  it.each([[[]], [FULL], [SMALL], [NAMESPACED]])('takes what the chart makes of %j', async (values) => {
    const manifests = await template(values);
    const known = manifests.filter(({ kind }) => !FOREIGN.includes(kind));
    expect(known.length).toBeGreaterThan(5);
    for (const manifest of known) {
      const path = `${collection(manifest)}?dryRun=All&fieldValidation=Strict`;
      await expect(
        plane?.call('POST', path, manifest),
        `${manifest.kind} ${manifest.metadata.name}`,
      ).resolves.toBeDefined();
    }
  });
});

it('asks for no more than roles of its namespace when it is for one, but to know callers and its cluster', async () => {
  const manifests = await template(NAMESPACED);
  const wide = manifests.filter(({ kind }) => kind === 'ClusterRole');
  expect(wide.map(({ rules }) => rules)).toEqual([
    [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }],
    [{ apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] }],
  ]);
});

describe('the admission webhook', () => {
  const on = (...more: string[]): string[] =>
    ['enabled=true', ...more].map((value) => `controller.admission.${value}`);
  const objects = async (values: readonly string[]): Promise<readonly string[]> =>
    (await template(values)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  it('has a certificate of an authority that API servers are told to trust', async () => {
    const manifests = await template(on());
    const { data = {} } = manifests.find(({ metadata }) => metadata.name === 'assay-admission') ?? {};
    const [cert, ca] = ['tls.crt', 'ca.crt'].map(
      (name) => new X509Certificate(Buffer.from(data[name] ?? '', 'base64')),
    );
    expect(ca?.ca).toBe(true);
    expect(ca === undefined ? undefined : cert?.verify(ca.publicKey)).toBe(true);
    expect(cert?.checkHost('assay-admission.delivery.svc')).toBe('assay-admission.delivery.svc');
    const key = createPrivateKey(Buffer.from(data['tls.key'] ?? '', 'base64'));
    expect(cert?.checkPrivateKey(key)).toBe(true);
    const webhooks = manifests.find(({ kind }) => kind === 'ValidatingWebhookConfiguration');
    for (const index of [0, 1])
      expect(webhooks).toHaveProperty(`webhooks.${index}.clientConfig.caBundle`, data['ca.crt']);
  });

  it('is nothing that is there unless it is asked for', async () => {
    const wanted = ['Service assay-admission', 'ValidatingWebhookConfiguration delivery-assay-admission'];
    expect(await objects(on())).toEqual(expect.arrayContaining(wanted));
    for (const values of [[], [...on(), 'controller.enabled=false']])
      expect((await objects(values)).filter((name) => name.includes('admission'))).toEqual([]);
  });

  it('takes a certificate of yours, or of cert-manager', async () => {
    const yours = on('existingSecret=mine', 'caBundle=PEM');
    expect(await objects(yours)).not.toContain('Secret assay-admission');
    expect(await objects(on('certManagerIssuer.name=internal'))).toContain('Certificate assay-admission');
    const { code, err } = await helm('template', 'assay', CHART, ...setting(on('existingSecret=mine')));
    expect(code).toBe(1);
    expect(err).toContain(
      'controller.admission.caBundle: with existingSecret, say which certificate authority',
    );
  });
});

it('has the rules and the dashboard as they are', async () => {
  const manifests = await template(FULL);
  const board = manifests.find(({ metadata }) => metadata.name === 'assay-dashboard')?.data?.['assay.json'];
  expect(parse(board ?? '')).toMatchObject({ title: 'Assay' });
  expect(manifests.find(({ kind }) => kind === 'PrometheusRule')).toHaveProperty(
    'spec.groups.0.name',
    'assay',
  );
});
