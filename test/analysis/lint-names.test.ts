import { describe, expect, it } from 'vitest';
import { lint, lintRequest, type LintOptions, templateSourceOf } from '../../service/analysis/index.js';
import type { Fault, Metric, ProviderConfigs } from '../../schemas/index.js';
import { metricOf } from './objects.js';

const names: ProviderConfigs = {
  providers: [
    { name: 'prod-prometheus', address: 'https://prometheus.example.com' },
    { name: 'payments', address: 'https://payments.example.com', namespaces: ['pay', 'pay-*'] },
  ],
  plugins: [
    { name: 'latency', url: 'http://latency' },
    { name: 'ledger', url: 'http://ledger', namespaces: ['pay'] },
  ],
  namedServersOnly: ['tenant-*'],
};

/** The faults of the provider of a run's only metric, without what they begin with. */
function faultsOf(provider: Metric['provider'], namespace?: string, options: LintOptions = { names }) {
  const metadata = namespace === undefined ? {} : { namespace };
  const metric = metricOf({ provider, successCondition: 'result[0] < 1' });
  const { errors } = lint(
    {
      kind: 'AnalysisRun',
      metadata,
      spec: { args: [{ name: 'store', value: 'prod-prometheu' }], metrics: [metric] },
    },
    options,
  );
  return errors.map(({ path, message }: Fault) => [path.replace('spec.metrics[0].provider.', ''), message]);
}
const prometheus = (address: string): Metric['provider'] => ({ prometheus: { address, query: 'up' } });

describe('names of servers', () => {
  it.each([
    ['provider://prod-prometheus'],
    ['provider://prod-prometheus/below?x=1'],
    ['PROVIDER://prod-prometheus'],
    ['http://prometheus:9090'],
  ])('that are right, as %s, are let be', (address) => {
    expect(faultsOf(prometheus(address))).toEqual([]);
  });

  it.each([
    ['provider://prod-promethues', '"prod-promethues": did you mean provider://prod-prometheus?'],
    ['provider://{{args.store}}/x', '"prod-prometheu": did you mean provider://prod-prometheus?'],
    ['provider://other', '"other"'],
    ['provider://', '""'],
  ])('that nobody has, as %s, are told', (address, told) => {
    expect(faultsOf(prometheus(address))).toEqual([
      ['prometheus.address', `no provider configuration is named ${told}`],
    ]);
  });

  it('are looked at in every place of an address', () => {
    const authentication = { oauth2: { tokenUrl: 'provider://x/token', clientId: 'a', clientSecret: 'b' } };
    const all: Metric['provider'][] = [
      { prometheus: { query: 'up', authentication } },
      { web: { url: 'provider://x', authentication } },
      { graphite: { address: 'provider://x', query: 'target=a' } },
      { skywalking: { address: 'provider://x', query: 'q' } },
      { wavefront: { address: 'provider://x', query: 'q' } },
    ];
    expect(all.flatMap((provider) => faultsOf(provider).map(([path]) => path))).toEqual([
      'prometheus.authentication.oauth2.tokenUrl',
      'web.url',
      'web.authentication.oauth2.tokenUrl',
      'graphite.address',
      'skywalking.address',
      'wavefront.address',
    ]);
  });

  it('are not looked at when it is not known which there are, or which is meant', () => {
    expect(faultsOf(prometheus('provider://other'), 'shop', {})).toEqual([]);
    const open = metricOf({
      provider: prometheus('provider://{{args.x}}'),
      successCondition: 'result[0] < 1',
    });
    const template = { kind: 'AnalysisTemplate' as const, spec: { args: [{ name: 'x' }], metrics: [open] } };
    expect(lint(template, { names }).errors).toEqual([]);
  });
});

describe('a server for some namespaces', () => {
  it.each(['pay', 'pay-eu'])('may be used in %s', (namespace) => {
    expect(faultsOf(prometheus('provider://payments'), namespace)).toEqual([]);
  });

  it.each([
    ['shop', '"shop"'],
    [undefined, '"default"'],
  ])('may not be used in %s', (namespace, shown) => {
    expect(faultsOf(prometheus('provider://payments'), namespace)).toEqual([
      [
        'prometheus.address',
        `the server "payments" may not be used in the namespace ${shown}: its configuration does not list it under namespaces`,
      ],
    ]);
  });

  it('is not suggested to others', () => {
    expect(faultsOf(prometheus('provider://payment'), 'shop')[0]?.[1]).toBe(
      'no provider configuration is named "payment"',
    );
  });

  it('may be named by a template whose namespace is not known', () => {
    const metric = metricOf({
      provider: prometheus('provider://payments'),
      successCondition: 'result[0] < 1',
    });
    expect(lint({ kind: 'ClusterAnalysisTemplate', spec: { metrics: [metric] } }, { names }).errors).toEqual(
      [],
    );
  });

  it('is told by its place in a request', () => {
    const metric = metricOf({
      provider: prometheus('provider://payments'),
      successCondition: 'result[0] < 1',
    });
    const request = { metadata: { namespace: 'shop' }, templates: [{ spec: { metrics: [metric] } }] };
    const none = templateSourceOf({ templates: [], clusterTemplates: [] });
    expect(lintRequest(request, none, names).map(({ path }) => path)).toEqual([
      'templates[0].spec.metrics[0].provider.prometheus.address',
    ]);
  });
});

describe('a namespace for which only servers by name are', () => {
  const told =
    'metrics of the namespace "tenant-a" may use servers by name only: write provider://NAME in place of an address';

  it.each([
    [prometheus('http://prometheus:9090'), 'prometheus.address'],
    [{ web: { url: 'https://example.com/{{args.store}}' } }, 'web.url'],
    [{ wavefront: { address: 'example.wavefront.com', query: 'q' } }, 'wavefront.address'],
  ])('may not have %j', (provider, path) => {
    expect(faultsOf(provider, 'tenant-a')).toEqual([[path, told]]);
  });

  it.each([
    [prometheus('provider://prod-prometheus')],
    [{ prometheus: { query: 'up' } }],
    [{ datadog: { query: 'q' } }],
    [{ plugin: { latency: {} } }],
  ])('may have %j', (provider) => {
    expect(faultsOf(provider, 'tenant-a')).toEqual([]);
  });
});

describe('names of plugins', () => {
  it.each([
    [
      'latencey',
      'shop',
      'no plugin is named "latencey" in the file of ASSAY_PROVIDERS_FILE: did you mean latency?',
    ],
    [
      'ledger',
      'shop',
      'the plugin "ledger" may not be used in the namespace "shop": its configuration does not list it under namespaces',
    ],
  ])('%s in %s is told', (name, namespace, message) => {
    expect(faultsOf({ plugin: { [name]: {} } }, namespace)).toEqual([[`plugin.${name}`, message]]);
  });

  it('that are right are let be', () => {
    expect(faultsOf({ plugin: { ledger: {} } }, 'pay')).toEqual([]);
  });
});
