import { planExperiment } from '../../../service/controller/experiment/plan/index.js';
import type {
  ExperimentAction,
  ExperimentPlan,
  ExperimentSnapshot,
} from '../../../service/controller/experiment/types.js';
import type { Json, ReplicaSet, Service } from '../../../service/controller/rollout/types.js';
import type { AnalysisRun, AnalysisTemplate, Experiment } from '../../../schemas/index.js';
import { TEMPLATE, templateOf } from '../rollout/simulator.js';

/** A cluster in memory, as far as an Experiment sees it: what the plan asks for is done, and pods come and go. */
export class ExperimentSimulator {
  experiment: Experiment;
  replicaSets: readonly ReplicaSet[] = [];
  services: readonly Service[] = [];
  runs: readonly AnalysisRun[] = [];
  /** Names of runs of others. */
  readonly taken = new Set<string>();
  templates: readonly AnalysisTemplate[] = [TEMPLATE];
  readonly refusals = new Map<string, string>();
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  readonly events: string[] = [];

  constructor(spec: Partial<Experiment['spec']>) {
    this.experiment = {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Experiment' },
      metadata: { name: 'race', namespace: 'default', uid: 'e-1', generation: 1 },
      spec: { templates: [podsOf('baseline', 'v1'), podsOf('canary', 'v2')], ...spec },
    };
  }

  snapshot(): ExperimentSnapshot {
    return structuredClone({
      ...{ experiment: this.experiment, replicaSets: this.replicaSets, services: this.services, faults: [] },
      ...{ analysisRuns: this.runs, templates: this.templates, clusterTemplates: [] },
      runNames: new Set([...this.taken, ...this.runs.map(({ metadata }) => metadata?.name ?? '')]),
      ...{ refusals: this.refusals, settings: { analysisLostAbortMs: 300_000 }, nowMs: this.nowMs },
    });
  }

  /** One plan, done as a whole or up to an action: a controller may end at any time. */
  step(upTo = Number.POSITIVE_INFINITY): ExperimentPlan {
    const made = planExperiment(this.snapshot());
    for (const action of made.actions.slice(0, upTo)) this.apply(action);
    return made;
  }

  /** Plans are made and pods come until nothing is left to do; cut off after `upTo` actions each. */
  settle(upTo?: number): void {
    for (let round = 0; round < 100; round += 1) {
      const { actions } = this.step(upTo);
      if (!this.movePods() && actions.length === 0) return;
    }
    throw new Error(`no end: ${JSON.stringify(planExperiment(this.snapshot()).actions, undefined, 1)}`);
  }

  advance(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  change(spec: Partial<Experiment['spec']>): void {
    this.experiment = { ...this.experiment, spec: { ...this.experiment.spec, ...spec } };
  }

  /** What the service makes of a run. */
  judge(
    name: string,
    phase: 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive',
    message = '',
  ): void {
    this.runs = this.runs.map((run) =>
      run.metadata?.name === name ? { ...run, status: { phase, message } } : run,
    );
  }

  /** Number of pods of each template. */
  pods(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.replicaSets.map(({ metadata, spec }) => [metadata.name ?? '', spec.replicas ?? 1]),
    );
  }

  /** Phase and message. */
  get outcome(): readonly [string | undefined, string | undefined] {
    const { phase, message } = this.experiment.status ?? {};
    return [phase, message];
  }

  /** Pods are made, become available and go; false: they were as they are to be. Those of `bad` images never get ready. */
  movePods(): boolean {
    let hasMoved = false;
    this.replicaSets = this.replicaSets.map((set) => {
      const replicas = set.spec.replicas ?? 1;
      const ready = JSON.stringify(set.spec.template).includes('"bad') ? 0 : replicas;
      hasMoved ||= (set.status?.replicas ?? 0) !== replicas;
      return { ...set, status: { replicas, readyReplicas: ready, availableReplicas: ready } };
    });
    return hasMoved;
  }

  private apply(action: ExperimentAction): void {
    const change = (name: string, to: (set: ReplicaSet) => ReplicaSet): void => {
      this.replicaSets = this.replicaSets.map((set) => (set.metadata.name === name ? to(set) : set));
    };
    switch (action.kind) {
      case 'event':
        this.events.push(`${action.reason}: ${action.message}`);
        break;
      case 'patchStatus':
        this.experiment = { ...this.experiment, status: merged(this.experiment.status, action.patch) };
        break;
      case 'createReplicaSet':
        this.replicaSets = [...this.replicaSets, action.replicaSet];
        break;
      case 'scaleReplicaSet':
        change(action.name, (set) => ({ ...set, spec: { ...set.spec, replicas: action.replicas } }));
        break;
      case 'setDeadline':
        change(action.name, ({ metadata, ...set }) => ({
          ...set,
          metadata: {
            ...metadata,
            annotations: { ...metadata.annotations, 'scale-down-deadline': action.deadline ?? '' },
          },
        }));
        break;
      case 'createService':
        this.services = [...this.services, action.service];
        break;
      case 'deleteService':
        this.services = this.services.filter(({ metadata }) => metadata.name !== action.name);
        break;
      case 'createAnalysisRun':
        this.runs = [
          ...this.runs,
          {
            ...action.run,
            metadata: { ...action.run.metadata, creationTimestamp: new Date(this.nowMs).toISOString() },
          },
        ];
        break;
      case 'terminateAnalysisRun':
        this.judge(action.name, 'Successful', 'Run Terminated');
        break;
    }
  }
}

/** An experiment whose pods have come. */
export function running(spec: Partial<Experiment['spec']> = {}): ExperimentSimulator {
  const cluster = new ExperimentSimulator(spec);
  cluster.settle();
  return cluster;
}

/** A template of the pods of an image, with a port. */
export const podsOf = (name: string, image: string): Experiment['spec']['templates'][number] => {
  const template = templateOf(image);
  return {
    name,
    selector: { matchLabels: { app: 'shop' } },
    template: { ...template, spec: portsOf(image) },
  };
};

const portsOf = (image: string): Json => ({
  containers: [{ name: 'shop', image, ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] }],
});

/** RFC 7396, for the fields of a status. */
function merged(status: Experiment['status'] = {}, patch: Json): NonNullable<Experiment['status']> {
  const entries = Object.entries({ ...status, ...patch }).filter(
    ([, value]: [string, unknown]) => value !== null,
  );
  return Object.fromEntries(entries);
}
