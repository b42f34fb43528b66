import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AnalysisTemplateList } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startService } from './cluster.js';

/** AnalysisTemplates of a real API server, which runs that are asked for over HTTP may name. */
let cluster: Cluster;
let store: RecordingServer;
const services: ServingAssay[] = [];
const folders: string[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  store = await startRecordingServer();
  store.answer([{ body: '{"value": 1}' }]);
  for (const namespace of ['shop', 'other']) await cluster.createNamespace(namespace);
  await create('AnalysisTemplate', 'own', 'shop');
  await create('AnalysisTemplate', 'foreign', 'other');
  await create('ClusterAnalysisTemplate', 'shared');
}, 120_000);
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});
afterAll(async () => {
  await store.close();
  await cluster.stop();
});

const templateOf = (kind: string, name: string, successCondition = 'result == 1') => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name } },
  spec: {
    args: [{ name: 'path' }],
    metrics: [
      {
        ...{ name: 'value', successCondition },
        provider: { web: { url: `${store.url}/{{args.path}}`, jsonPath: '{$.value}' } },
      },
    ],
  },
});
const pathOf = (kind: string, namespace = ''): string =>
  `/apis/argoproj.io/v1alpha1/${namespace === '' ? '' : `namespaces/${namespace}/`}${kind.toLowerCase()}s`;

async function create(kind: string, name: string, namespace?: string, condition?: string): Promise<void> {
  await cluster.call('POST', pathOf(kind, namespace), templateOf(kind, name, condition));
}

async function begin(env: Readonly<Record<string, string>>): Promise<string> {
  const service = await startService({ KUBECONFIG: cluster.kubeconfig, ...env });
  services.push(service);
  return service.url;
}

async function listOf(url: string, query = ''): Promise<AnalysisTemplateList> {
  const response = await fetch(`${url}/v1/analysistemplates${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as AnalysisTemplateList;
}
const titles = ({ items }: AnalysisTemplateList): readonly string[] =>
  items
    .map(({ kind, metadata }) => `${kind ?? ''} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`)
    .sort();

async function ask(
  url: string,
  template: object,
  namespace: string,
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${url}/v1/analysisruns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      templates: [template],
      args: [{ name: 'path', value: 'x' }],
      metadata: { namespace },
    }),
  });
  return { status: response.status, json: await response.json() };
}

it('are listed and can be named, those of a run’s namespace and those of the cluster', async () => {
  const url = await begin({ ASSAY_KUBERNETES_TEMPLATES: 'cluster' });
  expect(titles(await listOf(url))).toEqual([
    'AnalysisTemplate other/foreign',
    'AnalysisTemplate shop/own',
    'ClusterAnalysisTemplate /shared',
  ]);
  const [own] = (await listOf(url, '?namespace=shop&kind=AnalysisTemplate')).items;
  expect(own?.spec).toEqual(templateOf('AnalysisTemplate', 'own').spec);
  expect(own?.metadata).not.toHaveProperty('managedFields');
  for (const template of [{ templateName: 'own' }, { templateName: 'shared', clusterScope: true }]) {
    const { status, json } = await ask(url, template, 'shop');
    expect([status, json]).toEqual([201, expect.objectContaining({ kind: 'AnalysisRun' })]);
  }
  expect(await ask(url, { templateName: 'foreign' }, 'shop')).toMatchObject({
    status: 422,
    json: {
      errors: [{ path: 'templates[0].templateName', message: "AnalysisTemplate 'foreign' not found" }],
    },
  });
});

it('are known as they are: added, changed, taken away, and what is wrong with them', async () => {
  const url = await begin({ ASSAY_KUBERNETES_TEMPLATES: 'cluster' });
  await create('AnalysisTemplate', 'late', 'shop', 'result ==');
  const faulty = await eventually('it is listed', async () => {
    const list = await listOf(url);
    return titles(list).includes('AnalysisTemplate shop/late') ? list : undefined;
  });
  expect(faulty.errors).toEqual([
    {
      ...{ file: 'AnalysisTemplate shop/late', path: 'spec.metrics[0].successCondition' },
      message: expect.stringContaining('unexpected token EOF') as unknown,
    },
  ]);
  const path = `${pathOf('AnalysisTemplate', 'shop')}/late`;
  await cluster.call('PATCH', path, { spec: templateOf('AnalysisTemplate', 'late').spec });
  await eventually('it is right', async () => ((await listOf(url)).errors.length === 0 ? true : undefined));
  expect(await ask(url, { templateName: 'late' }, 'shop')).toMatchObject({ status: 201 });
  await cluster.call('DELETE', path);
  await eventually('it is gone', async () =>
    titles(await listOf(url)).includes('AnalysisTemplate shop/late') ? undefined : true,
  );
});

it('are those of the service’s namespace only, where it is told so', async () => {
  const url = await begin({ ASSAY_KUBERNETES_TEMPLATES: 'namespace', POD_NAMESPACE: 'shop' });
  expect(titles(await listOf(url))).toEqual(['AnalysisTemplate shop/own']);
});

it('are not looked at unless that is asked for', async () => {
  expect(titles(await listOf(await begin({})))).toEqual([]);
  await expect(startService({ ASSAY_KUBERNETES_TEMPLATES: 'cluster' })).rejects.toThrow(
    'kubernetesTemplates: there is no cluster: set KUBECONFIG, or run the service in one',
  );
});

it('stand behind the files of the service', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-templates-'));
  folders.push(folder);
  const file = { ...templateOf('AnalysisTemplate', 'own', 'result == 2') };
  await writeFile(
    join(folder, 'own.json'),
    JSON.stringify({ ...file, metadata: { name: 'own', namespace: 'shop' } }),
  );
  const url = await begin({ ASSAY_KUBERNETES_TEMPLATES: 'cluster', ASSAY_TEMPLATES_DIR: folder });
  const { json } = await ask(url, { templateName: 'own' }, 'shop');
  expect(json).toHaveProperty('spec.metrics.0.successCondition', 'result == 2');
});

it('are used as they were known while the API server is away, which the list says', async () => {
  const url = await begin({ ASSAY_KUBERNETES_TEMPLATES: 'cluster' });
  await cluster.killApiServer();
  const { errors } = await eventually('the list says it', async () => {
    const list = await listOf(url);
    return list.errors.length === 2 ? list : undefined;
  });
  expect(errors[0]).toMatchObject({
    file: '',
    message: expect.stringMatching(
      /^(Cluster)?AnalysisTemplate objects of the cluster can not be watched, what was known last is used: /,
    ) as unknown,
  });
  expect(await ask(url, { templateName: 'own' }, 'shop')).toMatchObject({ status: 201 });
  await cluster.startApiServer();
  await eventually('they are watched again', async () =>
    (await listOf(url)).errors.length === 0 ? true : undefined,
  );
});
