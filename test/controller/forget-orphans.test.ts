import { beforeEach, expect, it } from 'vitest';
import { forgetOrphans } from '../../service/controller/runs/forget-orphans.js';
import { readRunObject } from '../../service/controller/runs/run-object.js';
import { keptLog } from './kept-log.js';

const CLUSTER_UID = 'assay.dev/cluster-uid';

/** Runs that go on in the service: their ids, and the UID of the cluster that handed each over. */
const runs = new Map<string, string | undefined>();
/** The objects of this cluster by their UIDs, which are their names too: each has a phase. */
const objects = new Map<string, string>();
let { log, entries } = keptLog();

beforeEach(() => {
  runs.clear();
  objects.clear();
  ({ log, entries } = keptLog());
});

const sweep = (clusterUid: string | undefined, known: readonly string[] = []) =>
  forgetOrphans({
    service: {
      async *running() {
        await Promise.resolve();
        for (const [id, uid] of [...runs]) {
          const labels = uid === undefined ? {} : { [CLUSTER_UID]: uid };
          yield { id, namespace: 'shop', name: id, cluster: 'local', labels, status: { phase: 'Running' } };
        }
      },
      terminate: (id) => Promise.resolve(void runs.delete(id)),
      forget: (id) => Promise.resolve(void runs.delete(id)),
    },
    objects: {
      read: (namespace, name) =>
        Promise.resolve(
          objects.has(name)
            ? readRunObject({
                metadata: { namespace, name, uid: name },
                status: { phase: objects.get(name) },
              })
            : undefined,
        ),
    },
    selection: { selector: 'assay.dev/cluster=local' },
    ...{ clusterUid, isOpen: (id: string) => known.includes(id), log },
  });

it('runs whose objects are gone are forgotten, each with a word, and no others', async () => {
  for (const id of ['watched', 'there', 'gone']) runs.set(id, 'mine');
  objects.set('there', 'Running');
  expect(await sweep('mine', ['watched'])).toBe(0);
  expect([...runs.keys()]).toEqual(['watched', 'there']);
  expect(entries).toEqual([
    expect.objectContaining({
      ...{ level: 'info', run: 'shop/gone', id: 'gone', msg: 'a run whose object is gone is forgotten' },
    }),
  ]);
});

it('runs of another cluster under the same name are left alone, counted and told of', async () => {
  runs.set('theirs', 'other').set('gone', 'mine');
  expect(await sweep('mine')).toBe(1);
  expect([...runs.keys()]).toEqual(['theirs']);
  expect(entries).toContainEqual(
    expect.objectContaining({
      ...{ level: 'error', count: 1, ids: ['theirs'] },
      msg: expect.stringMatching(/^another cluster hands over runs under the name of this one: /) as unknown,
    }),
  );
});

it('runs that nobody can tell to be of this cluster are left alone and told of', async () => {
  runs.set('before', undefined).set('there', undefined);
  objects.set('there', 'Running');
  expect(await sweep('mine')).toBe(0);
  runs.set('maybe', 'mine');
  expect(await sweep(undefined)).toBe(0);
  expect([...runs.keys()]).toEqual(['before', 'there', 'maybe']);
  expect(entries.map(({ level, ids }) => ({ level, ids }))).toEqual([
    { level: 'warn', ids: ['before'] },
    { level: 'warn', ids: ['before', 'maybe'] },
  ]);
});

it('a run whose object was given a verdict by hand is ended, with a word', async () => {
  runs.set('by-hand', 'mine').set('goes-on', undefined);
  objects.set('by-hand', 'Successful').set('goes-on', 'Running');
  expect(await sweep('mine')).toBe(0);
  expect([...runs.keys()]).toEqual(['goes-on']);
  expect(entries).toEqual([
    expect.objectContaining({
      ...{ level: 'warn', run: 'shop/by-hand' },
      msg: 'a run goes on although its object has a verdict, which was not written here, and is ended',
    }),
  ]);
});
