import { expect, it } from 'vitest';
import { ClusterUid } from '../../service/controller/runs/cluster-uid.js';
import { KubernetesError } from '../../service/providers/kubernetes/index.js';
import { FakeTime } from '../engine/fake-time.js';
import { keptLog } from './kept-log.js';

const AWAY = new KubernetesError('unreachable', 'connection refused');
const ILL = new KubernetesError('badResponse', 'etcd has no leader', 500);
const FORBIDDEN = new KubernetesError('unauthorized', 'namespaces is forbidden', 403);

/** A reading of the UID from a server that does what the test says. */
function begun(error: Error | undefined) {
  const time = new FakeTime();
  const { log, entries } = keptLog();
  const server = { error, asked: 0 };
  const request = async (): Promise<unknown> => {
    server.asked += 1;
    await Promise.resolve();
    if (server.error !== undefined) throw server.error;
    return { metadata: { uid: 'u' } };
  };
  const uid = new ClusterUid({ api: { request }, timers: time, log });
  const seen = { isOver: false };
  void uid.read(new AbortController().signal).then(() => {
    seen.isOver = true;
  });
  return { ...{ time, server, uid, seen }, log: entries };
}

it('a server that is away is asked until it is back', async () => {
  const { time, server, uid, seen } = begun(AWAY);
  await time.advance(60_000);
  expect([seen.isOver, server.asked]).toEqual([false, 61]);
  server.error = undefined;
  await time.advance(1_000);
  expect([seen.isOver, uid.known]).toEqual([true, 'u']);
});

it('one that answers with something else is asked for ten seconds, and runs do not wait for it any longer', async () => {
  const { time, server, uid, seen, log } = begun(ILL);
  await time.advance(8_999);
  expect([seen.isOver, server.asked]).toEqual([false, 9]);
  await time.advance(60_000);
  expect([seen.isOver, server.asked, uid.known]).toEqual([true, 10, undefined]);
  expect(log.map(({ msg }) => msg)).toEqual(['the UID of the cluster can not be read yet']);
  server.error = undefined;
  await uid.read(new AbortController().signal);
  expect(uid.known).toBe('u');
});

it('whoever may not read it goes on without', async () => {
  const { time, server, seen } = begun(FORBIDDEN);
  await time.advance(60_000);
  expect([seen.isOver, server.asked]).toEqual([true, 1]);
});
