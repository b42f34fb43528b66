import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Rollout } from '../../schemas/index.js';

/** A Rollout or an Experiment. */
export interface Reconciled {
  readonly kind: 'Rollout' | 'Experiment';
  readonly namespace: string;
  readonly name: string;
}

/** What the scrape is told of the objects of a cluster, as they are at that moment. */
export interface ObjectSource {
  rollouts(): Iterable<Rollout>;
  experiments(): Iterable<{ readonly namespace: string; readonly name: string; readonly phase: string }>;
}

/** Argo Rollouts' metrics of its controller, with its names and labels, so that its dashboards and alerts work. */
export interface ArgoMetrics {
  /** An object was looked at, for so many seconds. */
  reconciled(object: Reconciled, seconds: number): void;
  /** Looking at it failed, and is tried again. */
  failedOn(object: Reconciled): void;
  /** An event of it was recorded. */
  told(object: Reconciled, event: { readonly type: string; readonly reason: string }): void;
  /** A notification of a Rollout was delivered, or an attempt at it failed. */
  notified(what: {
    readonly namespace: string;
    readonly name: string;
    readonly service: string;
    readonly trigger: string;
    readonly isDelivered: boolean;
  }): void;
  /** An object is gone: what was measured of it goes with it. */
  gone(object: Reconciled): void;
  /** Where the scrape looks; undefined: this replica does not lead, and the one that does tells of the objects. */
  observe(source: ObjectSource | undefined): void;
  /** Takes over how the objects are; before each scrape. */
  refresh(): void;
}

const OBJECT = ['namespace', 'name'] as const;
const BUCKETS = [0.01, 0.15, 0.25, 0.5, 1];
/** Phases that have a series each in the older metric. */
const ROLLOUT_PHASES = ['Completed', 'Progressing', 'Paused', 'Timeout', 'Error', 'Abort'] as const;
const EXPERIMENT_PHASES = ['Pending', 'Error', 'Failed', 'Successful', 'Running', 'Inconclusive'] as const;

/** Registers the metrics. */
export function createArgoMetrics(registry: Registry): ArgoMetrics {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, ...labels: readonly Label[]) =>
    new Gauge({ name, help, labelNames: [...OBJECT, ...labels], registers });
  const counter = <Label extends string>(name: string, help: string, ...labels: readonly Label[]) =>
    new Counter({ name, help, labelNames: [...OBJECT, ...labels], registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: OBJECT, buckets: BUCKETS, registers });

  const info = gauge('rollout_info', 'Information about rollout.', 'strategy', 'traffic_router', 'phase');
  const replicas = {
    available: gauge('rollout_info_replicas_available', 'The number of available replicas per rollout.'),
    unavailable: gauge(
      'rollout_info_replicas_unavailable',
      'The number of unavailable replicas per rollout.',
    ),
    desired: gauge('rollout_info_replicas_desired', 'The number of desired replicas per rollout.'),
    updated: gauge('rollout_info_replicas_updated', 'The number of updated replicas per rollout.'),
  };
  const phases = gauge(
    'rollout_phase',
    'Whether a rollout is in the phase (use rollout_info).',
    'strategy',
    'phase',
  );
  const experimentInfo = gauge('experiment_info', 'Information about Experiment.', 'phase');
  const experimentPhases = gauge(
    'experiment_phase',
    'Whether an experiment is in the phase (use experiment_info).',
    'phase',
  );
  const ofKind = {
    Rollout: {
      seconds: histogram('rollout_reconcile', 'Rollout reconciliation performance, seconds.'),
      errors: counter('rollout_reconcile_error', 'Error occurring during the rollout.'),
    },
    Experiment: {
      seconds: histogram('experiment_reconcile', 'Experiments reconciliation performance, seconds.'),
      errors: counter('experiment_reconcile_error', 'Error occurring during the experiment.'),
    },
  };
  const ofReasons = (name: string, help: string) => reasonCounter(counter(name, help, 'type', 'reason'));
  const events = ofReasons('rollout_events_total', 'Count of rollout events.');
  const delivered = ofReasons('notification_send_success', 'Notification send success.');
  const undelivered = ofReasons('notification_send_error', 'Error sending the notification.');
  const snapshots = [info, ...Object.values(replicas), phases, experimentInfo, experimentPhases];
  let source: ObjectSource | undefined;

  const addRollout = (rollout: Rollout): void => {
    const { metadata: { namespace = '', name = '' } = {}, spec, status = {} } = rollout;
    const [object, strategy, phase] = [{ namespace, name }, strategyOf(rollout), phaseOf(rollout)];
    const { replicas: actual = 0, availableReplicas = 0, updatedReplicas = 0 } = status;
    info.set({ ...object, strategy, traffic_router: routerOf(rollout), phase }, 1);
    replicas.available.set(object, availableReplicas);
    replicas.unavailable.set(object, actual - availableReplicas);
    replicas.desired.set(object, spec.replicas ?? 1);
    replicas.updated.set(object, updatedReplicas);
    for (const each of ROLLOUT_PHASES)
      phases.set({ ...object, strategy, phase: each }, Number(each === phase));
  };
  return {
    reconciled({ kind, namespace, name }, seconds) {
      ofKind[kind].seconds.observe({ namespace, name }, seconds);
    },
    failedOn({ kind, namespace, name }) {
      ofKind[kind].errors.inc({ namespace, name });
    },
    told({ kind, namespace, name }, { type, reason }) {
      if (kind === 'Rollout') events.count({ namespace, name }, { type, reason });
    },
    notified({ namespace, name, service, trigger, isDelivered }) {
      (isDelivered ? delivered : undelivered).count({ namespace, name }, { type: service, reason: trigger });
    },
    gone({ kind, namespace, name }) {
      const { seconds, errors } = ofKind[kind];
      seconds.remove({ namespace, name });
      errors.remove({ namespace, name });
      if (kind === 'Rollout')
        for (const each of [events, delivered, undelivered]) each.forget({ namespace, name });
    },
    observe(newSource) {
      source = newSource;
    },
    refresh() {
      for (const each of snapshots) each.reset();
      for (const rollout of source?.rollouts() ?? []) addRollout(rollout);
      for (const { namespace, name, phase } of source?.experiments() ?? []) {
        experimentInfo.set({ namespace, name, phase }, 1);
        for (const each of EXPERIMENT_PHASES)
          experimentPhases.set({ namespace, name, phase: each }, Number(each === phase));
      }
    },
  };
}

/** Counts by reasons, of which all that an object has go with it. */
interface ReasonCounter {
  count(object: Named, labels: Reason): void;
  forget(object: Named): void;
}
type Named = Readonly<Record<(typeof OBJECT)[number], string>>;
type Reason = Readonly<Record<'type' | 'reason', string>>;

function reasonCounter(counter: Counter<keyof Named | keyof Reason>): ReasonCounter {
  const known = new Map<string, Map<string, Named & Reason>>();
  const keyOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;
  return {
    count(object, { type, reason }) {
      const labels = { ...object, type, reason };
      counter.inc(labels);
      const ofObject = known.get(keyOf(object)) ?? new Map<string, Named & Reason>();
      known.set(keyOf(object), ofObject.set(`${type}/${reason}`, labels));
    },
    forget(object) {
      for (const labels of known.get(keyOf(object))?.values() ?? []) counter.remove(labels);
      known.delete(keyOf(object));
    },
  };
}

const strategyOf = ({ spec: { strategy } }: Rollout): string => {
  if (strategy?.blueGreen !== undefined) return 'blueGreen';
  return strategy?.canary === undefined ? 'none' : 'canary';
};

/** Argo Rollouts' words, of which the last that fits is told. Of those that it has no word for it tells none. */
const ROUTERS = [
  ['alb', 'ALB'],
  ['ambassador', 'Ambassador'],
  ['istio', 'Istio'],
  ['nginx', 'Nginx'],
  ['smi', 'SMI'],
  ['appMesh', 'AppMesh'],
] as const;

function routerOf({ spec: { strategy } }: Rollout): string {
  const routing = strategy?.canary?.trafficRouting;
  return ROUTERS.findLast(([name]) => routing?.[name] !== undefined)?.[1] ?? '';
}

/** Phase by the reason of the condition Progressing, as Argo Rollouts' metrics have it. */
const PHASE_OF_REASON: Readonly<Record<string, (typeof ROLLOUT_PHASES)[number]>> = {
  NewReplicaSetAvailable: 'Completed',
  RolloutPaused: 'Paused',
  ReplicaSetCreateError: 'Error',
  ProgressDeadlineExceeded: 'Timeout',
  RolloutAborted: 'Abort',
};

function phaseOf({ status }: Rollout): string {
  const conditions = status?.conditions ?? [];
  if (conditions.some(({ type }) => type === 'InvalidSpec')) return 'InvalidSpec';
  const progressing = conditions.find(({ type }) => type === 'Progressing');
  return PHASE_OF_REASON[progressing?.reason ?? ''] ?? 'Progressing';
}
