import { setMaxListeners } from 'node:events';
import { ConfigError, type Log, systemClock, systemTimers } from '../platform/index.js';
import { createKubernetesApi } from '../providers/kubernetes/index.js';
import {
  type AdmissionDeps,
  CertificateError,
  type RunningAdmission,
  startAdmission,
} from './admission/index.js';
import { runExperiments } from './experiment/apply/index.js';
import { leadWhenElected } from './leader.js';
import { leaseName } from './lease-name.js';
import { outsideClient } from './outside.js';
import { EventRecorder } from './objects/event-recorder.js';
import { ObjectCache } from './objects/object-cache.js';
import { objectsIn } from './objects/observe.js';
import { startProbes } from './probes.js';
import { runLeftRules, runRollouts } from './rollout/apply/index.js';
import { mirrorRuns } from './runs/run-mirror.js';
import { createServiceClient } from './service/service-client.js';
import { tellTemplateFaults } from './templates/tell-template-faults.js';
import type { ControllerSettings } from './settings.js';

/** A controller that works, or waits until it leads. */
export interface RunningController {
  /** Where its probes and metrics are, e.g. `http://localhost:8081`. */
  readonly url: string;
  /** Port of its admission webhook; undefined: it has none. */
  readonly admissionPort?: number;
  /** Resolves when it has ended: after `stop`, or with an error that it can not go on after. */
  readonly ended: Promise<void>;
  /** Ends it in order: what is being written is written, and the lease is given back. */
  stop(): Promise<void>;
}

/** A run that nobody measures for so long ends its rollout, ms. */
const ANALYSIS_LOST_ABORT_MS = 10 * 60_000;
/** A router that has not said that its weights are in effect is looked at again after so long, ms: Argo Rollouts' default. */
const VERIFY_RETRY_MS = 10_000;

/**
 * Starts a controller.
 * @throws ConfigError when the file of certificate authorities, or the certificate of the webhook, can not be used.
 * @throws what Node says when a port can not be had.
 */
export async function startController(settings: ControllerSettings, log: Log): Promise<RunningController> {
  const { server, token, credentials, cluster, namespace, instanceId, leaderElect } = settings;
  const http = outsideClient(settings.outside);
  const [clock, timers] = [systemClock, systemTimers];
  const probes = await startProbes(settings.port);
  const admission = await openAdmission(settings, {
    ...{ timers, log },
    onReview: (outcome) => {
      probes.reviewed(outcome);
    },
  }).catch(async (error: unknown) => {
    await probes.close();
    throw error;
  });
  const api = createKubernetesApi(credentials);
  const stopping = new AbortController();
  const scope = {
    cluster,
    ...(namespace === undefined ? {} : { namespace }),
    ...(instanceId === undefined ? {} : { instanceId }),
  };
  // What was told while it led is recorded also when it does not any more: a server that is away ends that within seconds.
  const events = new EventRecorder({ api, clock, timers, log });
  const lead = async (signal: AbortSignal): Promise<void> => {
    // Each request listens; Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    probes.leads(true);
    const { metrics } = probes;
    const cache = new ObjectCache(
      {
        ...{ api, log, ...(namespace === undefined ? {} : { namespace }) },
        onUnwatched: (kind, reason) => {
          metrics.unwatched(kind, reason);
        },
      },
      signal,
    );
    const service = createServiceClient({ url: server, token, signal });
    const objects = { api, cache, events, scope, clock, timers, log, metrics };
    const experiments = {
      analysisLostAbortMs: ANALYSIS_LOST_ABORT_MS,
      ...(instanceId === undefined ? {} : { instanceId }),
    };
    const rollouts = { ...experiments, verifyRetryMs: VERIFY_RETRY_MS };
    const { traffic, notifications } = settings;
    const told = notifications === undefined ? {} : { notifications };
    metrics.observe(objectsIn(cache, scope));
    try {
      await Promise.all([
        mirrorRuns({ api, service, events, scope, clock, timers, log, metrics }, signal),
        runRollouts({ ...objects, settings: rollouts, traffic, http, ...told }, signal),
        runExperiments({ ...objects, settings: experiments }, signal),
        tellTemplateFaults(objects, signal),
        runLeftRules({ ...objects, istioVersion: settings.traffic.versions.istio }, signal),
      ]);
      await cache.ended();
    } finally {
      metrics.observe(undefined);
      probes.leads(false);
    }
  };
  log.info({ server, cluster, namespace, instanceId }, 'the controller starts');
  const lease = {
    namespace: settings.ownNamespace,
    name: leaseName(scope),
    identity: settings.identity,
  };
  const onTrouble = (reason: string | undefined): void => {
    probes.trouble(`the lease ${lease.namespace}/${lease.name} can not be asked for`, reason);
  };
  const work = leaderElect
    ? leadWhenElected({ api, ...lease, clock, timers, log, onTrouble }, lead, stopping.signal)
    : lead(stopping.signal);
  const ended = work.finally(async () => {
    await events.end();
    api.close();
    http.close();
    await admission?.close();
    await probes.close();
  });
  // Whoever waits for it is told; nobody may.
  ended.catch(() => undefined);
  return {
    url: `http://localhost:${probes.port}`,
    ...(admission === undefined ? {} : { admissionPort: admission.port }),
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function openAdmission(
  { admission }: ControllerSettings,
  deps: AdmissionDeps,
): Promise<RunningAdmission | undefined> {
  if (admission === undefined) return undefined;
  try {
    return await startAdmission(admission, deps);
  } catch (error) {
    if (error instanceof CertificateError)
      throw new ConfigError([`ASSAY_ADMISSION_CERTIFICATES: ${error.message}`]);
    throw error;
  }
}
