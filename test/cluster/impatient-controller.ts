import { setMaxListeners } from 'node:events';
import { EventRecorder } from '../../service/controller/objects/event-recorder.js';
import { ObjectCache } from '../../service/controller/objects/object-cache.js';
import { startProbes } from '../../service/controller/probes.js';
import { runRollouts } from '../../service/controller/rollout/apply/index.js';
import { mirrorRuns } from '../../service/controller/runs/run-mirror.js';
import { createServiceClient } from '../../service/controller/service/service-client.js';
import { createLog, systemClock, systemTimers } from '../../service/platform/index.js';
import { createKubernetesApi } from '../../service/providers/kubernetes/index.js';
import type { Cluster } from './cluster.js';

/** A controller that gives a service which is away less time than users have to wait for. */
export async function startImpatientController(
  { controllerKubeconfig }: Pick<Cluster, 'controllerKubeconfig'>,
  server: string,
  { namespace, analysisLostAbortMs }: { readonly namespace: string; readonly analysisLostAbortMs: number },
): Promise<{ stop(): Promise<void> }> {
  const over = new AbortController();
  const { signal } = over;
  // Each request listens; Node would take more than ten for a leak.
  setMaxListeners(0, signal);
  const api = createKubernetesApi({ kind: 'kubeconfig', path: controllerKubeconfig });
  const log = createLog({ level: 'silent' });
  const probes = await startProbes(0);
  const time = { clock: systemClock, timers: systemTimers };
  const events = new EventRecorder({ api, log, ...time });
  const shared = {
    ...{ api, log, events, ...time, metrics: probes.metrics },
    scope: { cluster: 'local', namespace },
  };
  const service = createServiceClient({ url: server, token: () => Promise.resolve(undefined) });
  const cache = new ObjectCache({ api, log, namespace }, signal);
  const work = Promise.all([
    mirrorRuns({ ...shared, service }, signal),
    runRollouts(
      {
        ...{ ...shared, cache, traffic: { versions: {}, plugins: new Map() } },
        settings: { analysisLostAbortMs, verifyRetryMs: 10_000 },
        http: { request: () => Promise.reject(new Error('no plugin is known')) },
      },
      signal,
    ),
  ]);
  return {
    async stop() {
      over.abort();
      await work;
      await events.end();
      await cache.ended();
      api.close();
      await probes.close();
    },
  };
}
