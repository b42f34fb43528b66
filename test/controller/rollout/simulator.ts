import { isDeepStrictEqual } from 'node:util';
import { plan } from '../../../service/controller/rollout/plan/index.js';
import type {
  Action,
  Json,
  Plan,
  ReplicaSet,
  Service,
  Snapshot,
  Traffic,
  TrafficState,
} from '../../../service/controller/rollout/types.js';
import type { AnalysisRun, AnalysisTemplate, Experiment, Rollout } from '../../../schemas/index.js';

/** A cluster in memory, as far as a Rollout sees it: what the plan asks for is done, and pods come and go. */
export class Simulator {
  rollout: Rollout;
  replicaSets: readonly ReplicaSet[] = [];
  services: readonly Service[];
  runs: readonly AnalysisRun[] = [];
  experiments: readonly Experiment[] = [];
  templates: readonly AnalysisTemplate[] = [TEMPLATE];
  traffic: Traffic | undefined;
  /** Traffic that routers have not confirmed. */
  isConfirming = true;
  /** Runs that are made are measured. */
  isMeasuring = true;
  /** The API server takes the runs that are made. */
  isTakingRuns = true;
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  readonly events: string[] = [];
  readonly log: Action[] = [];

  constructor(spec: Json, services: readonly string[] = []) {
    this.rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: {
        name: 'shop',
        namespace: 'default',
        uid: 'u-1',
        generation: 1,
        creationTimestamp: this.now(),
      },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: 'shop' } },
        template: templateOf('v1'),
        ...spec,
      },
    };
    this.services = services.map((name) => ({ metadata: { name }, spec: { selector: { app: 'shop' } } }));
  }

  now(): string {
    return new Date(this.nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  snapshot(): Snapshot {
    const state = structuredClone({
      ...{ rollout: this.rollout, replicaSets: this.replicaSets, services: this.services },
      ...{ analysisRuns: this.runs, experiments: this.experiments, templates: this.templates },
    });
    const inEffect = structuredClone(this.traffic);
    const confirmed = this.isConfirming;
    const traffic = (wanted: Traffic): TrafficState => {
      if (!isDeepStrictEqual(wanted, inEffect)) return { kind: 'differs' };
      return confirmed ? { kind: 'verified' } : { kind: 'pending', reason: 'not yet' };
    };
    return {
      ...state,
      ...{ pods: [], clusterTemplates: [], nowMs: this.nowMs },
      ...(this.rollout.spec.strategy?.canary?.trafficRouting === undefined ? {} : { traffic }),
      settings: { analysisLostAbortMs: 300_000, verifyRetryMs: 10_000 },
    };
  }

  /** One plan, done as a whole or up to an action: a controller may end at any time. */
  step(upTo = Number.POSITIVE_INFINITY): Plan {
    const made = plan(this.snapshot());
    for (const action of made.actions.slice(0, upTo)) this.apply(action);
    return made;
  }

  /** Plans are made and pods come until nothing is left to do. */
  settle(onStep: () => void = () => undefined): void {
    for (let round = 0; round < 60; round += 1) {
      const { actions } = this.step();
      onStep();
      if (!this.movePods() && actions.length === 0) return;
    }
    throw new Error(`no end: ${JSON.stringify(plan(this.snapshot()).actions, undefined, 1)}`);
  }

  /** Pods are made, become available and go; false: they were as they are to be. Those of `bad` images never get ready. */
  movePods(): boolean {
    const before = this.replicaSets;
    this.replicaSets = before.map((set) => {
      const replicas = set.spec.replicas ?? 1;
      const isBad = JSON.stringify(set.spec.template).includes('"bad');
      const ready = isBad ? 0 : replicas;
      return {
        ...set,
        status: { replicas, readyReplicas: ready, availableReplicas: ready, observedGeneration: 1 },
      };
    });
    return this.takeRuns() || !isDeepStrictEqual(before, this.replicaSets);
  }

  /** The service begins to measure what was made; false: nothing was. */
  private takeRuns(): boolean {
    const isNew = ({ status }: AnalysisRun): boolean => this.isMeasuring && status === undefined;
    if (!this.runs.some(isNew)) return false;
    this.runs = this.runs.map((run) => (isNew(run) ? { ...run, status: { phase: 'Running' } } : run));
    return true;
  }

  advance(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  /** Another version of the pods. */
  setImage(image: string): void {
    this.change({ spec: { template: templateOf(image) } });
  }

  /** A person's change of the Rollout, as `kubectl argo rollouts` patches it. */
  change(patch: Json): void {
    const metadata = this.rollout.metadata ?? {};
    const isSpec = 'spec' in patch;
    this.rollout = merged(this.rollout, patch) as Rollout;
    if (isSpec)
      this.rollout = {
        ...this.rollout,
        metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
      };
  }

  /** `kubectl argo rollouts promote`. */
  promote(): void {
    this.change({ status: { pauseConditions: null } });
  }

  /** The verdict of the newest run. */
  judge(phase: 'Successful' | 'Failed' | 'Error' | 'Inconclusive', message = ''): void {
    const last = this.runs.at(-1);
    if (last === undefined) throw new Error('there is no run to judge');
    this.runs = [...this.runs.slice(0, -1), { ...last, status: { phase, message } }];
  }

  apply(action: Action): void {
    this.log.push(action);
    switch (action.kind) {
      case 'event':
        this.events.push(`${action.reason}: ${action.message}`);
        break;
      case 'patchRollout':
        this.rollout = merged(this.rollout, action.patch) as Rollout;
        break;
      case 'patchStatus':
        this.rollout = merged(this.rollout, { status: action.patch }) as Rollout;
        break;
      case 'createReplicaSet': {
        const { name } = action.replicaSet.metadata;
        if (this.replicaSets.some(({ metadata }) => metadata.name === name)) break;
        const metadata = {
          ...action.replicaSet.metadata,
          uid: `uid-${name ?? ''}`,
          creationTimestamp: this.now(),
        };
        this.replicaSets = [
          ...this.replicaSets,
          { ...action.replicaSet, metadata: { ...metadata, generation: 1 } },
        ];
        // Objects of one second can not be told apart by their age.
        this.nowMs += 1000;
        break;
      }
      case 'patchReplicaSet':
        this.patchSet(action.name, action.patch);
        break;
      case 'scaleReplicaSet':
        this.patchSet(action.name, {
          spec: { replicas: action.replicas },
          metadata: { annotations: action.annotations },
        });
        break;
      case 'deleteReplicaSet':
        this.replicaSets = this.replicaSets.filter(({ metadata }) => metadata.name !== action.name);
        break;
      case 'setServiceSelector':
        this.services = this.services.map((service) =>
          service.metadata.name === action.name
            ? (merged(service, {
                metadata: { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'shop' } },
                spec: { selector: { 'rollouts-pod-template-hash': action.hash } },
              }) as Service)
            : service,
        );
        break;
      case 'setTraffic':
        this.traffic = structuredClone(action.traffic);
        break;
      case 'createAnalysisRun': {
        const { metadata } = action.run;
        if (!this.isTakingRuns || this.runs.some((run) => run.metadata?.name === metadata?.name)) break;
        this.runs = [
          ...this.runs,
          { ...action.run, metadata: { ...metadata, creationTimestamp: this.now() } },
        ];
        break;
      }
      case 'terminateAnalysisRun':
        this.runs = this.runs.map((run) =>
          run.metadata?.name === action.name
            ? {
                ...run,
                spec: { ...run.spec, terminate: true },
                status: { phase: 'Successful', message: 'Run Terminated' },
              }
            : run,
        );
        break;
      case 'deleteAnalysisRun':
        this.runs = this.runs.filter(({ metadata }) => metadata?.name !== action.name);
        break;
      case 'createExperiment': {
        const { metadata } = action.experiment;
        if (this.experiments.some((each) => each.metadata?.name === metadata?.name)) break;
        const created = { ...metadata, creationTimestamp: this.now() };
        this.experiments = [...this.experiments, { ...action.experiment, metadata: created }];
        break;
      }
      case 'terminateExperiment':
        this.changeExperiment(action.name, { spec: { terminate: true }, status: { phase: 'Successful' } });
        break;
      case 'deleteExperiment':
        this.experiments = this.experiments.filter(({ metadata }) => metadata?.name !== action.name);
        break;
      case 'patchPod':
      case 'evictPod':
      case 'scaleWorkload':
        throw new Error(`there is nothing for ${action.kind}`);
    }
  }

  /** Number of pods of each version by its image, those without pods left out. */
  pods(): Readonly<Record<string, number>> {
    const sized = this.replicaSets.map((set) => [imageOf(set), set.spec.replicas ?? 1] as const);
    return Object.fromEntries(sized.filter(([, replicas]) => replicas > 0));
  }

  /** Image that a Service selects. */
  selected(name: string): string | undefined {
    const service = this.services.find(({ metadata }) => metadata.name === name);
    const hash = service?.spec.selector?.['rollouts-pod-template-hash'];
    const set = this.replicaSets.find(
      ({ metadata }) => metadata.labels?.['rollouts-pod-template-hash'] === hash,
    );
    return set === undefined ? undefined : imageOf(set);
  }

  /** What its controller makes of an experiment. */
  changeExperiment(name: string, patch: Json): void {
    this.experiments = this.experiments.map((each) =>
      each.metadata?.name === name ? (merged(each, patch) as Experiment) : each,
    );
  }

  private patchSet(name: string, patch: Json): void {
    this.replicaSets = this.replicaSets.map((set) =>
      set.metadata.name === name ? (merged(set, patch) as ReplicaSet) : set,
    );
  }
}

/** A template with one metric. */
export const TEMPLATE: AnalysisTemplate = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisTemplate',
  metadata: { name: 'success-rate', namespace: 'default' },
  spec: {
    metrics: [
      {
        name: 'rate',
        successCondition: 'result > 0.9',
        provider: { prometheus: { query: 'up', address: 'http://p' } },
      },
    ],
  },
};

/** A pod template with an image. */
export const templateOf = (image: string): Json => ({
  metadata: { labels: { app: 'shop' } },
  spec: { containers: [{ name: 'shop', image }] },
});

const imageOf = (set: ReplicaSet): string => {
  const spec = set.spec.template['spec'] as { readonly containers: readonly { readonly image: string }[] };
  return spec.containers[0]?.image ?? '';
};

/** RFC 7396. */
export function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  const result = base as Record<string, unknown>;
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = merged(result[name], value);
  }
  return result;
}
