import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createKubernetesApi,
  type KubernetesApi,
  type ObjectMeta,
  readMeta,
  fields,
  WatchedList,
} from '../../service/providers/kubernetes/index.js';
import { eventually } from '../support/eventually.js';
import { type Cluster, startCluster } from './cluster.js';

/** What a watch of a real API server does on its bad days. */
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 120_000);
afterAll(() => cluster.stop());

const PATH = '/apis/argoproj.io/v1alpha1/namespaces/default/analysisruns';
const run = { spec: { metrics: [] } };

it('a watch that would go on from a version that etcd has forgotten is refused with 410, and begins with a list', async () => {
  const real = createKubernetesApi({ kind: 'kubeconfig', path: cluster.kubeconfig });
  /** How each watch ended that went on from where another one was. */
  const ends: string[] = [];
  let [lists, begun] = [0, 0];
  let hold: Promise<void> = Promise.resolve();
  // The real API server, which ends each watch after a second: the next one begins when the test lets it.
  const api: KubernetesApi = {
    ...real,
    request(request) {
      lists += 1;
      return real.request(request);
    },
    async *lines(request) {
      begun += 1;
      await hold;
      const query = { ...request.query, timeoutSeconds: '1' };
      for await (const line of real.lines({ ...request, query })) {
        if (fields(line)['type'] === 'ERROR') ends.push(String(fields(fields(line)['object'])['code']));
        yield line;
      }
    },
  };
  const changes: string[] = [];
  const troubles: unknown[] = [];
  const list = new WatchedList<{ readonly metadata: ObjectMeta }>({
    ...{ api, path: PATH, labelSelector: '' },
    read: (json) => ({ metadata: readMeta(fields(json)['metadata']) }),
    onChange: ({ metadata }, gone) => changes.push(`${gone ? '-' : '+'}${metadata.name}`),
    onTrouble: (error) => troubles.push(error),
    isWanted: () => true,
  });
  const over = new AbortController();
  try {
    await cluster.createRun('default', 'kept', run);
    await cluster.createRun('default', 'gone', run);
    list.start(over.signal);
    await eventually('both are known', () => (changes.length === 2 ? true : undefined));
    await cluster.createRun('default', 'watched', run);
    await eventually('the watch tells', () => (changes.includes('+watched') ? true : undefined));

    let letGo: () => void = () => undefined;
    hold = new Promise((resolve) => {
      letGo = resolve;
    });
    const [before, watches] = [lists, begun];
    // The next watch waits, and knows a version only that is forgotten meanwhile.
    await eventually('the watch has ended', () => (begun > watches ? true : undefined));
    await cluster.deleteRun('default', 'gone');
    await cluster.createRun('default', 'late', run);
    await cluster.killApiServer();
    await cluster.startApiServer();
    await cluster.compact();
    // The cache that watches are answered from is filled.
    await eventually('the API server knows them again', () =>
      cluster.call('GET', `${PATH}?resourceVersion=0`),
    );
    expect(changes).not.toContain('+late');
    letGo();
    await eventually('what was missed is told', () => (changes.includes('+late') ? true : undefined));
    expect(changes.slice().sort()).toEqual(['+gone', '+kept', '+late', '+watched', '-gone']);
    expect(
      list
        .values()
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(['kept', 'late', 'watched']);
    expect(lists).toBe(before + 1);
    expect([...ends, ...troubles.map(String)].join('\n')).toMatch(/^410\n.*too old resource version: /);
  } finally {
    over.abort();
    await list.ended();
    real.close();
  }
});
