import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createKubernetesApi } from '../../service/providers/kubernetes/index.js';
import type { Metric } from '../../schemas/index.js';
import { startCluster } from '../cluster/cluster.js';
import { eventually } from '../support/eventually.js';
import type { AnalysisSystem, Contender, SystemUsage } from './support/analysis-system.js';
import { writesTo } from './support/api-writes.js';
import { ARGO, ARGO_RAISED, buildArgo } from './support/argo-system.js';
import { ASSAY } from './support/assay-system.js';
import { figuresBeside, type Teller } from './support/figures-beside.js';
import { inTurns } from './support/in-turns.js';
import { quantileBetween } from './support/service-readings.js';
import { type PrometheusStub, startPrometheusStub } from './support/prometheus-stub.js';
import { type RunWatch, watchRuns } from './support/run-watch.js';

const BENCH = 'controller';
const PATH = '/apis/argoproj.io/v1alpha1/namespaces/default/analysisruns';
const AT_REST = 200;
const WARM_UP = 50;
const AT_ONCE = 500;
/** Runs of a system before it is measured at rest for the second time. */
const BEFORE_WARM = WARM_UP + AT_REST + AT_ONCE + WARM_UP;
const LASTING = 1_000;
const LASTING_MS = 15_000;
/** Until the many that were created, and their events, are behind. */
const SETTLED_MS = 10_000;
/** Argo Rollouts with its defaults takes 25 s to look at so many once. */
const ALL_ASKED_MS = 180_000;
const COMPLETED = 5_000;

/** What the parts share. */
interface Parts extends Teller {
  readonly system: AnalysisSystem;
  readonly stub: PrometheusStub;
  readonly seen: RunWatch;
  /** Creates an AnalysisRun of one metric, whose fields may be others. */
  readonly create: (
    name: string,
    metric?: Partial<Metric>,
    labels?: Readonly<Record<string, string>>,
  ) => Promise<void>;
  /** Has a run end, Successful. */
  readonly terminate: (name: string) => Promise<void>;
  /** Writes of the system to the API server so far. */
  readonly writes: () => Promise<number>;
}

/**
 * Time from creating an AnalysisRun of one measurement to its verdict on the object, as a watch sees it, one at a time and
 * 500 of them, 50 at once; beside it the time of a bare write that the same watch sees. How late measurements of 1,000 runs
 * are, what runs cost the API server in writes, and the controller in CPU time and memory. The controller of Argo Rollouts, twice,
 * and then ours have the same runs, each on a control plane of its own, which like all that they need is on this machine; `SYSTEMS`
 * names those that are measured.
 */
export async function run(): Promise<void> {
  const tellerOf = figuresBeside(BENCH, { ours: ASSAY.name, baseline: ARGO.name });
  const contenders = [ARGO, ARGO_RAISED, ASSAY].filter(({ name }) =>
    (process.env['SYSTEMS'] ?? name).split(',').includes(name),
  );
  if (contenders.includes(ARGO) || contenders.includes(ARGO_RAISED)) buildArgo();
  for (const contender of contenders) await measure(contender, tellerOf(contender.name));
}

async function measure({ definitions, start }: Contender, teller: Teller): Promise<void> {
  const [cluster, stub] = await Promise.all([
    startCluster({ pods: false }, definitions),
    startPrometheusStub(),
  ]);
  const system = await start(cluster);
  const over = new AbortController();
  // Each request listens; Node would take more than ten for a leak.
  setMaxListeners(0, over.signal);
  const { signal } = over;
  const api = createKubernetesApi({ kind: 'kubeconfig', path: cluster.kubeconfig });
  try {
    // Equal queries of the same moment would be sent once.
    const providerOf = (name: string) => ({
      prometheus: { address: stub.url, query: `up{job="${name}"}` },
    });
    const parts: Parts = {
      ...{ ...teller, system, stub },
      seen: watchRuns(api, PATH, signal),
      writes: () => writesTo(cluster),
      create: async (name, metric = {}, labels = {}) => {
        const body = {
          ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', metadata: { name, labels } },
          spec: {
            metrics: [
              { name: 'm', successCondition: 'result[0] >= 0', provider: providerOf(name), ...metric },
            ],
          },
        };
        await api.request({ method: 'POST', path: PATH, body, signal });
      },
      terminate: async (name) => {
        const body = { spec: { terminate: true } };
        const request = { method: 'PATCH', path: `${PATH}/${name}`, body, signal } as const;
        // A system that writes as fast as it can may leave the API server no time for an answer.
        await eventually(`${name} is to end`, () => api.request(request), 120_000);
      },
    };
    await single(parts);
    await lasting(parts);
    await filled(parts);
  } finally {
    over.abort();
    api.close();
    await system.stop();
    await stub.stop();
    await cluster.stop();
  }
}

/** Runs of one measurement: one at a time, many at once, and again one at a time. */
async function single({ system, seen, create, writes, tell, tellTimes }: Parts): Promise<void> {
  const verdict = async (name: string): Promise<number> => {
    const createdAt = performance.now();
    await create(name);
    return (await seen.completed(name)) - createdAt;
  };
  /** Of a run that nobody works on, as the same watch sees it. */
  const bareCreation = async (name: string): Promise<number> => {
    const createdAt = performance.now();
    await create(name, {}, { 'argo-rollouts.argoproj.io/controller-instance-id': 'nobody' });
    return (await seen.created(name)) - createdAt;
  };
  const atRest = async (when: 'new' | 'warm'): Promise<void> => {
    const bare: number[] = [];
    const rest: number[] = [];
    for (let turn = -WARM_UP; turn < AT_REST; turn++) {
      const ms = await verdict(`rest-${when}-${turn + WARM_UP}`);
      const bareMs = await bareCreation(`bare-${when}-${turn + WARM_UP}`);
      if (turn >= 0) {
        rest.push(ms);
        bare.push(bareMs);
      }
      await delay(10);
    }
    const after = when === 'new' ? '' : `, after ${BEFORE_WARM} other runs`;
    tellTimes(`created to verdict on the object, one at a time${after}`, rest);
    tellTimes(`a bare creation, as the same watch sees it${after}`, bare);
  };
  await atRest('new');
  const before = { writes: await settled(writes), ...(await system.usage()) };
  const beganAt = performance.now();
  const names = Array.from({ length: AT_ONCE }, (_, index) => `once-${index}`);
  const atOnce = await inTurns(names, verdict);
  const rate = (AT_ONCE / (performance.now() - beganAt)) * 1_000;
  tellTimes(`created to verdict on the object, ${AT_ONCE} at once`, atOnce);
  tell(`verdicts on objects, ${AT_ONCE} at once`, rate, '1/s');
  const after = { writes: await settled(writes), ...(await system.usage()) };
  // What the API server alone takes for as many: no system can be quicker.
  const bareNames = Array.from({ length: AT_ONCE }, (_, index) => `bare-once-${index}`);
  tellTimes(`a bare creation, ${AT_ONCE} at once`, await inTurns(bareNames, bareCreation));
  await settled(writes);
  // A system works for weeks: what it does with its first runs is not what it does with all others.
  await atRest('warm');
  const each = 'run of one measurement';
  const cpuMs = (what: keyof SystemUsage): number => ((after[what].cpu - before[what].cpu) / AT_ONCE) * 1_000;
  tell(`writes to the API server, ${each}`, (after.writes - before.writes) / AT_ONCE, 'writes');
  tell(`CPU time of the controller, ${each}`, cpuMs('controller'), 'ms');
  tell(`CPU time of the controller and all it needs, ${each}`, cpuMs('all'), 'ms');
}

/**
 * Many runs that measure every second. How late they are is told in two ways: as ours has it, for the due times of a run's own grid,
 * and for all by the times between the queries of one run, as the server sees them, of which 1 s is the interval.
 */
async function lasting(parts: Parts): Promise<void> {
  const { system, stub, seen, create, terminate, writes, tell, tellTimes } = parts;
  const runs = `${LASTING} runs of 1 s interval`;
  const names = Array.from({ length: LASTING }, (_, index) => `lasting-${index}`);
  await stub.gaps();
  await inTurns(names, (name) => create(name, { interval: '1s' }));
  const areAllAsked = async () => (await stub.gaps()).queries === LASTING || undefined;
  await eventually('each run has measured', areAllAsked, ALL_ASKED_MS);
  await delay(SETTLED_MS);
  await stub.gaps();
  const look = async () => {
    const [at, count, { controller, all }] = [performance.now(), await stub.count(), await system.usage()];
    const readings = { at, count, controller: controller.cpu, all: all.cpu, writes: await writes() };
    return { ...readings, lateness: await system.lateness?.() };
  };
  const before = await look();
  await delay(LASTING_MS);
  const { gaps } = await stub.gaps();
  const after = await look();
  const perSecond = (what: 'count' | 'controller' | 'all' | 'writes'): number =>
    (after[what] - before[what]) / ((after.at - before.at) / 1_000);
  if (before.lateness !== undefined && after.lateness !== undefined)
    for (const part of [0.5, 0.99])
      tell(
        `lateness of ${runs}, p${part * 100}`,
        quantileBetween(before.lateness, after.lateness, part),
        'ms',
      );
  tellTimes(`time between the queries of one of ${runs}`, gaps);
  tell(`measurements a second of ${runs}`, perSecond('count'), '1/s');
  tell(`writes a second with ${runs}`, perSecond('writes'), 'writes/s');
  tell(`CPU of the controller with ${runs}`, perSecond('controller') * 100, '% of a core');
  tell(`CPU of the controller and all it needs with ${runs}`, perSecond('all') * 100, '% of a core');
  await inTurns(names, terminate);
  for (const name of names) await seen.completed(name);
}

/** Memory once so many runs have ended. */
async function filled({ system, seen, create, writes, tell }: Parts): Promise<void> {
  const filling = COMPLETED - LASTING - AT_ONCE - 2 * (AT_REST + WARM_UP);
  await inTurns(
    Array.from({ length: filling }, (_, index) => `fill-${index}`),
    async (name) => {
      await create(name);
      await seen.completed(name);
    },
  );
  await settled(writes);
  const { controller, all } = await system.usage();
  const completed = `with ${COMPLETED} completed runs`;
  tell(`memory of the controller ${completed}`, controller.memory / 1e6, 'MB');
  tell(`memory of the controller and all it needs ${completed}`, all.memory / 1e6, 'MB');
}

/** The writes once nothing is written any more: events come after the verdict. */
async function settled(writes: () => Promise<number>): Promise<number> {
  for (let last = await writes(); ; ) {
    await delay(500);
    const now = await writes();
    if (now === last) return now;
    last = now;
  }
}
