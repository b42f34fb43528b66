import {
  type AnalysisRun,
  isList,
  isObject,
  type NotificationsFile,
  type NotificationTrigger,
  type ReplicaSet,
  type Rollout,
  type RolloutEventData,
} from '../../../schemas/index.js';
import { toMoment } from '../../analysis/index.js';
import type { Moment } from './moments.js';

/** What is known of a Rollout when something is to be told of it. */
export interface Circumstances {
  readonly cluster: string;
  readonly rollout: Rollout;
  readonly replicaSets: readonly ReplicaSet[];
  /** Hash of the version that was stable when something was seen last; empty: there was none. */
  readonly stableBefore: string;
  readonly links: NonNullable<NotificationsFile['links']>;
  readonly nowMs: number;
}

const HASH_LABEL = 'rollouts-pod-template-hash';
const REVISION = 'rollout.argoproj.io/revision';
/** Annotations that are bookkeeping, or say who is told. */
const LEFT_OUT =
  /^(?:kubectl\.kubernetes\.io\/last-applied-configuration$|assay\.dev\/notifications$|notifications\.argoproj\.io\/|notified\.notifications\.)/;
/** Longer annotations are no references to anything. */
const MAX_ANNOTATION = 1_024;
/** Annotations and labels that are told of, characters of all of them. */
const MAX_TEXTS = 8_192;
/** Measurements and metrics that are told of; the page of the run has all. */
const MAX_MEASUREMENTS = 5;
const MAX_METRICS = 5;
/** Characters of a value or a message. */
const MAX_TEXT = 1_024;

/** What is told of a moment: enough to act on without another look at the cluster. */
export function factsOf(moment: Moment, circumstances: Circumstances): RolloutEventData {
  const { cluster, rollout, replicaSets, stableBefore, links, nowMs } = circumstances;
  const { metadata: { name = '', namespace = '', uid = '', labels = {}, annotations = {} } = {}, spec } =
    rollout;
  const { status: { currentPodHash = '', stableRS = '', currentStepIndex, phase = '' } = {} } = rollout;
  const steps = spec.strategy?.canary?.steps ?? [];
  const place = { cluster, namespace, name, uid };
  // Once it is completed the new version is the stable one.
  const from = stableRS === currentPodHash ? stableBefore : stableRS;
  const { run } = moment;
  return {
    ...{ trigger: moment.trigger, ...place, phase, reason: moment.reason },
    ...{ message: cut(moment.message), at: toMoment(nowMs) },
    strategy: spec.strategy?.blueGreen === undefined ? 'canary' : 'blueGreen',
    ...(currentStepIndex === undefined || steps.length === 0
      ? {}
      : { step: { index: currentStepIndex, count: steps.length } }),
    ...(from === '' || from === currentPodHash ? {} : { from: versionOf(from, replicaSets) }),
    to: versionOf(currentPodHash, replicaSets),
    ...(run === undefined ? {} : { analysis: analysisOf(run, cluster, links.run) }),
    labels: texts(labels),
    annotations: texts(annotations),
    ...(links.rollout === undefined ? {} : { link: linkTo(links.rollout, place) }),
  };
}

function versionOf(hash: string, replicaSets: readonly ReplicaSet[]): RolloutEventData['to'] {
  const set = replicaSets.find(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash);
  const revision = Number(set?.metadata.annotations?.[REVISION] ?? '');
  return {
    ...(Number.isSafeInteger(revision) && revision > 0 ? { revision } : {}),
    podTemplateHash: hash,
    images: imagesOf(set),
  };
}

function imagesOf(set: ReplicaSet | undefined): RolloutEventData['to']['images'] {
  const spec = set?.spec.template['spec'];
  const containers = isObject(spec) ? spec['containers'] : undefined;
  return (isList(containers) ? containers : [])
    .filter(isObject)
    .flatMap(({ name, image }) =>
      typeof name === 'string' && typeof image === 'string' ? [{ container: name, image }] : [],
    );
}

function analysisOf(
  { metadata: { name = '', namespace = '', uid = '' } = {}, status }: AnalysisRun,
  cluster: string,
  link: string | undefined,
): NonNullable<RolloutEventData['analysis']> {
  const { phase = '', message, metricResults = [] } = status ?? {};
  const bad = metricResults.filter(
    (metric) => metric.dryRun !== true && ['Failed', 'Error', 'Inconclusive'].includes(metric.phase),
  );
  return {
    ...{ name, uid, phase },
    ...(message === undefined ? {} : { message: cut(message) }),
    ...(link === undefined ? {} : { link: linkTo(link, { cluster, namespace, name, uid }) }),
    metrics: bad.slice(0, MAX_METRICS).map((metric) => ({
      ...{ name: metric.name, phase: metric.phase },
      ...(metric.message === undefined ? {} : { message: cut(metric.message) }),
      measurements: (metric.measurements ?? []).slice(-MAX_MEASUREMENTS).map((measurement) => ({
        ...measurement,
        ...(measurement.value === undefined ? {} : { value: cut(measurement.value) }),
        ...(measurement.message === undefined ? {} : { message: cut(measurement.message) }),
      })),
    })),
  };
}

const cut = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`);

/** Those that fit, in the order of their names. */
function texts(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let left = MAX_TEXTS;
  const kept = Object.entries(map)
    .filter(([name, value]) => !LEFT_OUT.test(name) && value.length <= MAX_ANNOTATION)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .filter(([name, value]) => (left -= name.length + value.length) >= 0);
  return Object.fromEntries(kept);
}

/** The page of something: `{name}` and the like become what they stand for. */
export function linkTo(
  template: string,
  place: Readonly<Record<'cluster' | 'namespace' | 'name' | 'uid', string>>,
): string {
  return template.replaceAll(/\{(cluster|namespace|name|uid)\}/g, (_all, word: keyof typeof place) =>
    encodeURIComponent(place[word]),
  );
}

/** Trigger whose event says that a version is refused; others are for information. */
export const isBad = (trigger: NotificationTrigger): boolean =>
  !['on-rollout-updated', 'on-rollout-completed', 'on-rollout-paused'].includes(trigger);
