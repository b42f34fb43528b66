import { isCompleted, toMoment } from '../../analysis/index.js';
import type { AnalysisRunStatus, Fault, MetricResult } from '../../../schemas/index.js';
import { LAST_INDEX } from '../objects/event-name.js';
import { inOneLine } from '../one-line.js';
import { kindOfReason } from '../service/away.js';
import type { RunOwner } from '../service/answers.js';
import { fitting, type StatusRoom } from './status-size.js';

type Json = Readonly<Record<string, unknown>>;

/** A Kubernetes Event of a run, with the reference's words. */
export interface RunEventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Its place among the events of the run: that of its metric; the end of the run is the last. */
  readonly index: number;
}

/** Longest message of a status, characters: an object must stay small. */
const MAX_MESSAGE = 8_000;
/** What a message begins with while the service can not be asked. */
const WAITING = 'waiting for the Assay service';

/**
 * The status of the object: Argo Rollouts' fields only, without the verdict, which follows from the phase; times in whole
 * seconds, as Kubernetes writes them; no empty metadata, and no more than an API server stores.
 */
export function objectStatus(
  { verdict: _verdict, metricResults, ...status }: AnalysisRunStatus,
  room: StatusRoom,
): AnalysisRunStatus {
  const whole = {
    ...wholeSeconds(status),
    ...(metricResults === undefined ? {} : { metricResults: metricResults.map(objectResult) }),
  };
  return fitting(whole, room);
}

function objectResult({ measurements, metadata = {}, ...result }: MetricResult): MetricResult {
  return {
    ...result,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(measurements === undefined ? {} : { measurements: measurements.map(wholeSeconds) }),
  };
}

/** The moments among the fields, cut down to seconds. */
function wholeSeconds<Fields extends object>(fields: Fields): Fields {
  const moments: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][])
    if (name.endsWith('At') && typeof value === 'string') moments[name] = value.replace(/\.\d+Z$/, 'Z');
  return { ...fields, ...moments };
}

/** The status of an object whose spec the service refuses, with every fault. It will never be measured. */
export function refusedStatus(faults: readonly Fault[], nowMs: number): AnalysisRunStatus {
  const told = faults.map(({ path, message }) => inOneLine(path === '' ? message : `${path}: ${message}`));
  return endedUnmeasured(`Analysis spec invalid: ${told.join('; ')}`, nowMs);
}

/** The status of an object whose id a run of somebody else has in the service, with what to do. */
export function takenStatus({ namespace, name, cluster }: RunOwner, nowMs: number): AnalysisRunStatus {
  const by = `${namespace}/${name}${cluster === undefined ? '' : ` of the cluster ${cluster}`}`;
  const message =
    `this id is taken by another run in the Assay service, ${by}, whose verdict is not this run's: ` +
    'nothing was measured. Delete this AnalysisRun and create it anew';
  return endedUnmeasured(message, nowMs);
}

function endedUnmeasured(message: string, nowMs: number): AnalysisRunStatus {
  const at = toMoment(nowMs).replace(/\.\d+Z$/, 'Z');
  return { phase: 'Error', message: shortened(message), startedAt: at, completedAt: at };
}

/** What an object says while the service can not be asked: as it was, and why nothing happens. */
export function waitingStatus(status: Json, reason: string): Json {
  const { phase } = status;
  return {
    ...status,
    phase: phase === undefined || phase === '' ? 'Pending' : phase,
    message: waitingMessage(reason),
  };
}

/** Whether an object says that it waits. */
export const isWaiting = ({ message }: Json): boolean =>
  typeof message === 'string' && message.startsWith(WAITING);

/** Whether an object says this reason, or one that is as good. */
export const isToldOf = ({ message }: Json, reason: string): boolean =>
  typeof message === 'string' && kindOfReason(message) === kindOfReason(waitingMessage(reason));

const waitingMessage = (reason: string): string => shortened(`${WAITING}: ${reason}`);

/**
 * How far a run has come, for telling which of two states is the later one: they may arrive in any order. More is later.
 */
export function progressOf({ phase, metricResults = [] }: AnalysisRunStatus): number {
  if (isCompleted(phase)) return Number.POSITIVE_INFINITY;
  return metricResults.reduce((sum, { count = 0, error = 0, measurements = [] }) => {
    const running = measurements.some((measurement) => !isCompleted(measurement.phase));
    return sum + 2 * (count + error) + (running ? 1 : 0);
  }, 0);
}

/** Whether `after` is of a run that was begun another time than `before`: how far the one was says nothing of the other. */
export const isAnew = (
  before: Json | AnalysisRunStatus,
  { startedAt }: Pick<AnalysisRunStatus, 'startedAt'>,
): boolean => {
  const began = before['startedAt'];
  return typeof began === 'string' && startedAt !== undefined && began !== startedAt;
};

/** The event of a run that {@link isAnew}. */
export const anew = ({ startedAt = '' }: Pick<AnalysisRunStatus, 'startedAt'>): RunEventText => ({
  ...{ index: 0, type: 'Warning', reason: 'AnalysisRunRestarted' },
  message: `The service no longer had this run: it is measured anew since ${startedAt}`,
});

/** The change as a JSON merge patch: a field that is no longer there has to be named. */
export function statusPatch(before: Json, after: Json): Json {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...summariesReplaced(before, after) };
}

/** Counters that are no longer there would stay: a merge patch goes into objects. */
function summariesReplaced(before: Json, after: Json): Json {
  const replaced = Object.entries(after).map(([name, value]) => {
    const old = before[name];
    return [name, isPlain(old) && isPlain(value) ? statusPatch(old, value) : value] as const;
  });
  return Object.fromEntries(replaced);
}

const isPlain = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The events of what is new in `after`: metrics that have ended, and the run. */
export function eventsBetween(before: Json, after: AnalysisRunStatus): readonly RunEventText[] {
  const told = endedMetrics(before['metricResults']);
  const metrics = (after.metricResults ?? []).flatMap(({ name, phase }, index) =>
    isCompleted(phase) && !told.has(name)
      ? [eventOf(`Metric${phase}`, phase, `Metric '${name}' Completed. Result: ${phase}`, index)]
      : [],
  );
  if (!isCompleted(after.phase)) return metrics;
  const { phase } = after;
  return [
    ...metrics,
    eventOf(`AnalysisRun${phase}`, phase, `Analysis Completed. Result: ${phase}`, LAST_INDEX),
  ];
}

const eventOf = (reason: string, phase: string, message: string, index: number): RunEventText => ({
  type: phase === 'Failed' || phase === 'Error' ? 'Warning' : 'Normal',
  reason,
  message,
  index,
});

function endedMetrics(results: unknown): ReadonlySet<unknown> {
  const list: readonly unknown[] = Array.isArray(results) ? results : [];
  const ended = list.filter(isPlain).filter(({ phase }) => ENDED.has(phase));
  return new Set(ended.map(({ name }) => name));
}

const ENDED: ReadonlySet<unknown> = new Set(['Successful', 'Failed', 'Error', 'Inconclusive']);

const shortened = (message: string): string =>
  message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
