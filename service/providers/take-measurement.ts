import type { AnalysisPhase, Measurement, Metric } from '../../schemas/index.js';
import { Redactor } from '../analysis/index.js';
import { evaluateConditions, type TypedValue } from '../condition/index.js';
import type { Clock } from '../platform/index.js';
import { bindProvider } from './bound-provider.js';
import { conditionMessage } from './condition-reason.js';
import { adviceFor, ExchangeRecorder, type FailureCode, type MeasurementFailure } from './failure.js';
import type { MeasureContext, Metadata, Reading, ValueReading } from './provider.js';
import { ProviderError, errorText } from './provider-error.js';
import type { ProviderRegistry } from './registry.js';
import { shownMeasurement } from './shown-measurement.js';

/** What {@link takeMeasurement} needs. */
export interface MeasurementTask {
  /** The metric with all arguments filled in, secret ones too. */
  readonly metric: Metric;
  readonly registry: ProviderRegistry;
  readonly context: MeasureContext;
  /** Begin a measurement, look at one again, or stop it. */
  readonly op: 'measure' | 'resume' | 'terminate';
  /** The measurement to resume or to terminate. */
  readonly previous?: Measurement;
  /** Values that must not be seen in the measurement. */
  readonly secretValues?: readonly string[];
  /** Told of the value that the conditions judge, of the time at which they do, epoch ms, and of what hides secrets. */
  readonly onValue?: (value: TypedValue, nowMs: number, redactor: Redactor) => void;
  /** Told what a plugin says of the metric itself. Secret values are masked. */
  readonly onMetricMetadata?: (metadata: Metadata) => void;
  /** Told why the measurement is an Error. Secret values are masked. */
  readonly onFailure?: (failure: MeasurementFailure) => void;
}

/** Characters from which on a credential is looked for in what is shown. */
const LEAST_HIDDEN = 4;

/**
 * Takes, resumes or stops one measurement and judges what was found with the metric's conditions. Never rejects:
 * whatever goes wrong is a measurement of phase Error. Times are RFC 3339 with milliseconds.
 */
export async function takeMeasurement(request: MeasurementTask): Promise<Measurement> {
  const { previous } = request;
  // Grows by the credentials that the provider uses.
  const redactor = new Redactor(request.secretValues);
  const recorder = new ExchangeRecorder(redactor);
  const hide = (credential: string): void => {
    if (credential.length >= LEAST_HIDDEN) redactor.hide(credential);
  };
  const context: MeasureContext = {
    ...request.context,
    ...(request.metric.interval === undefined ? {} : { interval: request.metric.interval }),
    http: recorder.watch(request.context.http, hide),
    hide,
  };
  const startedAt = previous?.startedAt ?? timestamp(context.clock.nowMs());
  let outcome: Outcome;
  let failure: FailureCode | undefined;
  try {
    outcome = await act({
      ...request,
      context,
      redactor,
      onConditionError({ value, isNothing = false }) {
        failure = isNothing || isEmpty(value) ? 'emptyResult' : 'condition';
      },
    });
  } catch (error) {
    outcome = { phase: 'Error', message: errorText(error), ...keptMetadata(previous, error) };
    failure = error instanceof ProviderError ? error.code : 'internal';
  }
  if (failure !== undefined) request.onFailure?.(failureOf(failure, request, recorder));
  // Masked before it is cut: half a secret would not be found.
  return shownMeasurement(redactor.measurement({ ...outcome, startedAt, ...finish(outcome, context.clock) }));
}

/**
 * Removes what measurements of the metric left behind, but for the newest `limit`.
 * @throws what the provider throws: the caller tells of it, as it changes no measurement.
 */
export async function collectGarbage(
  metric: Metric,
  registry: ProviderRegistry,
  limit: number,
  context: MeasureContext,
): Promise<void> {
  await bindProvider(metric, registry).collectGarbage?.(limit, context);
}

/** What the metric's provider says of the metric, e.g. the resolved query; nothing when there is no such provider. */
export function describeMetric(
  metric: Metric,
  registry: ProviderRegistry,
  secretValues: readonly string[] = [],
): Metadata {
  let described: Metadata;
  try {
    described = bindProvider(metric, registry).describe();
  } catch (error) {
    // The measurement tells why there is no provider.
    if (error instanceof ProviderError) return {};
    throw error;
  }
  return new Redactor(secretValues).texts(described);
}

function failureOf(
  code: FailureCode,
  { metric, registry }: MeasurementTask,
  { last }: ExchangeRecorder,
): MeasurementFailure {
  const advice = adviceFor(code);
  const provider = registry.kinds.find((kind) => metric.provider[kind] !== undefined);
  return {
    code,
    metric: metric.name,
    ...(provider === undefined ? {} : { provider }),
    ...last,
    ...(advice === undefined ? {} : { advice }),
  };
}

/** Nothing was found: an empty list, or nil where the store had no data. A null of JSON is a value. */
const isEmpty = ({ type, value }: TypedValue): boolean =>
  Array.isArray(value) ? value.length === 0 : value === null && type !== 'json';

/** A task, and who is told of a reading that the conditions could not judge. */
interface WatchedTask extends MeasurementTask {
  readonly redactor: Redactor;
  readonly onConditionError: (reading: ValueReading) => void;
}

/** A measurement but for its times. */
type Outcome = Omit<Measurement, 'startedAt' | 'finishedAt'>;

async function act(task: WatchedTask): Promise<Outcome> {
  const { metric, registry, context, op, previous } = task;
  const provider = bindProvider(metric, registry);
  if (op === 'measure') return judge(await provider.measure(context), task);
  if (previous === undefined)
    throw new ProviderError('internal', `nothing to ${op} in metric '${metric.name}'`);
  const again = op === 'resume' ? provider.resume : provider.terminate;
  // As in the reference: a provider whose measurements end at once leaves such a measurement as it is.
  return again === undefined ? withoutTimes(previous) : judge(await again(previous, context), task);
}

function judge(reading: Reading, task: WatchedTask): Outcome {
  if (reading.metricMetadata !== undefined)
    task.onMetricMetadata?.(task.redactor.texts(reading.metricMetadata));
  switch (reading.kind) {
    case 'value':
      return judgeValue(reading, task);
    case 'judged':
      return outcomeOf(reading.phase, reading);
    case 'running':
      return { ...outcomeOf('Running', reading), resumeAt: timestamp(reading.resumeAtMs) };
  }
}

/** What was measured when there is no condition to say what nothing means; with one the words are the same. */
const NOTHING =
  'no condition provides for it: metric result is nil or empty: no data returned from the metric provider';

function judgeValue(
  reading: ValueReading,
  { metric, context, redactor, onValue, onConditionError }: WatchedTask,
): Outcome {
  const { successCondition, failureCondition } = metric;
  const nowMs = context.clock.nowMs();
  onValue?.(reading.value, nowMs, redactor);
  const outcome =
    reading.isNothing === true && !successCondition && !failureCondition
      ? ({ phase: 'Error', error: NOTHING } as const)
      : evaluateConditions(reading.value, { successCondition, failureCondition }, nowMs);
  if (outcome.phase !== 'Error') return outcomeOf(outcome.phase, reading);
  onConditionError(reading);
  const { text = false, metadata = false } = reading.keptOnConditionError ?? {};
  const kept = metadata === true ? reading.metadata : metadata || undefined;
  return outcomeOf('Error', {
    message: conditionMessage(outcome, metric, redactor),
    ...(text ? { text: reading.text } : {}),
    ...(kept === undefined ? {} : { metadata: kept }),
  });
}

interface Found {
  readonly text?: string;
  readonly message?: string | undefined;
  readonly metadata?: Metadata;
}

function outcomeOf(phase: AnalysisPhase, { text, message, metadata }: Found): Outcome {
  return {
    phase,
    // As in the API: an empty value is no value.
    ...(text === undefined || text === '' ? {} : { value: text }),
    ...(message === undefined ? {} : { message }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** An error while resuming must not lose what tells where the measurement goes on, e.g. a Job's name. */
function keptMetadata(previous: Measurement | undefined, error: unknown): Pick<Measurement, 'metadata'> {
  const told = error instanceof ProviderError ? error.metadata : undefined;
  if (previous?.metadata === undefined && told === undefined) return {};
  return { metadata: { ...previous?.metadata, ...told } };
}

function withoutTimes({ startedAt: _started, finishedAt: _finished, ...outcome }: Measurement): Outcome {
  return outcome;
}

const finish = ({ phase }: Outcome, clock: Clock): Pick<Measurement, 'finishedAt'> =>
  phase === 'Running' || phase === 'Pending' || phase === '' ? {} : { finishedAt: timestamp(clock.nowMs()) };

const timestamp = (ms: number): string => new Date(ms).toISOString();
