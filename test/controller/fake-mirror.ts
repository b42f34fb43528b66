import { setMaxListeners } from 'node:events';
import { afterEach } from 'vitest';
import { EventRecorder } from '../../service/controller/objects/event-recorder.js';
import { mirrorRuns } from '../../service/controller/runs/run-mirror.js';
import type { ServiceClient } from '../../service/controller/service/service-client.js';
import { type KubernetesApi, KubernetesError } from '../../service/providers/kubernetes/index.js';
import { FakeTime } from '../engine/fake-time.js';
import { keptLog } from './kept-log.js';

type Json = Record<string, unknown>;
/** An AnalysisRun as the fake API server has it. */
export interface FakeRun extends Json {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string };
  status: Json;
}

/** The parts of a service that a test says something about; the others answer that there is nothing. */
export type FakeService = Partial<ServiceClient>;

/** More than any test needs. */
const MOST_REQUESTS = 20_000;

/** A mirror of runs between an API server and a service that are objects of the test, in time that the test moves. */
function startFakeMirror(service: FakeService) {
  const time = new FakeTime();
  const { log, entries } = keptLog();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const runs = new Map<string, FakeRun>();
  const events: Json[] = [];
  let version = 1;
  const changed = new Set<(event: unknown) => void>();
  /** What watches do not bring while the server is cut off. */
  const untold: (() => void)[] = [];
  /** How long a write takes in a namespace, and is not answered. */
  const held = new Map<string, number>();
  let state: 'well' | 'cutAfterWrite' | 'cut' | 'blind' = 'well';
  const tell = (type: string, object: unknown): void => {
    const copy: unknown = structuredClone(object);
    const telling = (): void => {
      for (const each of changed) each({ type, object: copy });
    };
    if (state === 'well') telling();
    else untold.push(telling);
  };

  let asked = 0;
  const request: KubernetesApi['request'] = ({ method, path, body }) => {
    // Whoever asks without a pause would leave no time to any test.
    if (++asked > MOST_REQUESTS)
      return Promise.reject(new KubernetesError('rateLimited', 'too many requests', 429));
    if (state === 'cut') return Promise.reject(new KubernetesError('unreachable', 'connection refused'));
    if (path === '/api/v1/namespaces/kube-system')
      return Promise.resolve({ metadata: { uid: 'uid-of-the-cluster' } });
    if (path.endsWith('/events')) return Promise.resolve(void events.push(body as Json));
    const name = /\/analysisruns\/([^/]+)/.exec(path)?.[1];
    if (name === undefined)
      return Promise.resolve({
        metadata: { resourceVersion: String(version) },
        items: structuredClone([...runs.values()]),
      });
    const run = runs.get(name);
    if (run === undefined) return Promise.reject(new KubernetesError('badResponse', 'not found', 404));
    const heldMs = held.get(run.metadata.namespace);
    if (method === 'PATCH' && heldMs !== undefined)
      return new Promise((_resolve, reject) => {
        time.set(() => {
          reject(new KubernetesError('timeout', 'no answer in time'));
        }, heldMs);
      });
    if (method === 'PATCH') {
      const { resourceVersion } = (body as FakeRun).metadata;
      if (resourceVersion !== run.metadata.resourceVersion)
        return Promise.reject(new KubernetesError('badResponse', 'conflict', 409));
      const merged = Object.entries({ ...run.status, ...(body as { status: Json }).status });
      run.status = Object.fromEntries(merged.filter(([, value]) => value !== null));
      run.metadata.resourceVersion = String(++version);
      tell('MODIFIED', run);
      if (state === 'cutAfterWrite') {
        state = 'cut';
        return Promise.reject(new KubernetesError('unreachable', 'socket hang up'));
      }
    }
    return Promise.resolve(structuredClone(run));
  };
  async function* lines(): AsyncGenerator {
    const waiting: unknown[] = [];
    let wake: () => void = () => undefined;
    changed.add((event) => {
      waiting.push(event);
      wake();
    });
    over.signal.addEventListener('abort', () => {
      wake();
    });
    while (!over.signal.aborted) {
      yield* waiting.splice(0);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (waiting.length > 0 || over.signal.aborted) resolve();
      });
    }
    throw new KubernetesError('canceled', 'the watch was ended');
  }

  const api = { request, lines, close: () => undefined };
  const recorder = new EventRecorder({ api, clock: time, timers: time, log });
  const ended = mirrorRuns(
    {
      ...{ api, events: recorder },
      service: {
        handOver: () => Promise.resolve({ kind: 'known', status: { phase: 'Running' } }),
        terminate: () => Promise.resolve(undefined),
        forget: () => Promise.resolve(),
        async *running() {
          // Nothing goes on.
        },
        async *follow(_selection, signal) {
          yield { kind: 'ready' };
          await new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          });
        },
        ...service,
      },
      ...{ scope: { cluster: 'local' }, clock: time, timers: time, log },
      metrics: {
        wrote: () => undefined,
        failed: () => undefined,
        foreign: () => undefined,
        unwatched: () => undefined,
      },
    },
    over.signal,
  );

  return {
    ...{ time, runs, events, log: entries },
    /** Somebody makes a run, whose UID is its name. */
    create(
      name: string,
      more: { readonly namespace?: string; readonly status?: Json; readonly spec?: Json } = {},
    ): void {
      const { namespace = 'shop' } = more;
      const metadata = { name, namespace, uid: name, resourceVersion: String(++version) };
      const run: FakeRun = { metadata, spec: { metrics: [], ...more.spec }, status: more.status ?? {} };
      runs.set(name, run);
      tell('ADDED', run);
    },
    /** Somebody writes a status. */
    write(name: string, status: Json): void {
      const run = runs.get(name);
      if (run === undefined) throw new Error(`there is no ${name}`);
      run.status = status;
      run.metadata.resourceVersion = String(++version);
      tell('MODIFIED', run);
    },
    /** Somebody deletes a run. */
    remove(name: string): void {
      const run = runs.get(name);
      if (run === undefined) throw new Error(`there is no ${name}`);
      runs.delete(name);
      run.metadata.resourceVersion = String(++version);
      tell('DELETED', run);
    },
    /** Cuts the API server off as soon as it has stored a status, which nobody hears of. */
    cutAfterWrite(): void {
      state = 'cutAfterWrite';
    },
    /** Something keeps writes in a namespace from being answered for so long; undefined: no more. */
    holdWrites(namespace: string, ms: number | undefined): void {
      if (ms === undefined) held.delete(namespace);
      else held.set(namespace, ms);
    },
    /** Requests get through again; the watch brings nothing until {@link heal}. */
    answerAgain(): void {
      state = 'blind';
    },
    heal(): void {
      state = 'well';
      for (const telling of untold.splice(0)) telling();
    },
    async stop(): Promise<void> {
      over.abort();
      await time.advance(5_000);
      await ended;
      await recorder.end();
    },
  };
}

/** A mirror with all that the test may do to it. */
export type FakeMirror = ReturnType<typeof startFakeMirror>;

/** Starts a mirror for a test, which ends with the test. */
export function useFakeMirror(): (service: FakeService) => Promise<FakeMirror> {
  let mirror: FakeMirror | undefined;
  afterEach(async () => {
    await mirror?.stop();
    mirror = undefined;
  });
  return async (service) => {
    mirror = startFakeMirror(service);
    await mirror.time.advance(0);
    return mirror;
  };
}
