import { isCompleted } from '../analysis/index.js';
import type { AnalysisRun, Measurement, MetricResult } from '../../schemas/index.js';

/** Something that happened in a run. `id` says where in the run's history it is: give it back to go on after it. */
export type RunEvent =
  | {
      readonly kind: 'measurement';
      readonly id: string;
      readonly metric: string;
      readonly measurement: Measurement;
    }
  | { readonly kind: 'metric'; readonly id: string; readonly result: MetricResult }
  | { readonly kind: 'verdict'; readonly id: string; readonly run: AnalysisRun };

/** Id of the last event of every run. */
export const VERDICT_EVENT_ID = 'verdict';

/** What of one metric was told: finished measurements, and whether its end was. */
interface Told {
  measurements: number;
  ended: boolean;
}

/**
 * What was told of a run. Events are not stored: they follow from the run's state and this cursor, so that an event
 * costs no memory and any process can go on where another one stopped. Its text is the id of an event: finished
 * measurements by metric in the order of the spec, `e` after those whose end was told: `3e.1`; `verdict` at the end.
 */
export class EventCursor {
  readonly #metrics: readonly string[];
  readonly #told: readonly Told[];
  #over = false;

  /** Begins after the event `id`; at the beginning without one, or with one that is not of this run's shape. */
  constructor(metrics: readonly string[], id: string | undefined) {
    this.#metrics = metrics;
    this.#over = id === VERDICT_EVENT_ID;
    const parts = id?.split('.') ?? [];
    const known = parts.length === metrics.length && parts.every((part) => /^\d{1,9}e?$/.test(part));
    this.#told = metrics.map((_metric, index) => {
      const part = known ? (parts[index] ?? '') : '';
      return { measurements: Number.parseInt(part, 10) || 0, ended: part.endsWith('e') };
    });
  }

  /** The verdict was told: there is nothing to come. */
  get over(): boolean {
    return this.#over;
  }

  /** The events that bring a reader from here to the state of `run`, in a possible order. Moves the cursor there. */
  *advance(run: AnalysisRun): Generator<RunEvent> {
    if (this.#over) return;
    for (const [index, metric] of this.#metrics.entries()) {
      const result = run.status?.metricResults?.find(({ name }) => name === metric);
      const told = this.#told[index];
      if (result === undefined || told === undefined) continue;
      for (const { ordinal, measurement } of finishedMeasurements(result)) {
        if (ordinal <= told.measurements) continue;
        told.measurements = ordinal;
        yield { kind: 'measurement', id: this.#id(), metric, measurement };
      }
      if (isCompleted(result.phase) && !told.ended) {
        told.ended = true;
        yield { kind: 'metric', id: this.#id(), result };
      }
    }
    if (run.status?.verdict !== undefined) {
      this.#over = true;
      yield { kind: 'verdict', id: VERDICT_EVENT_ID, run };
    }
  }

  #id(): string {
    return this.#told.map(({ measurements, ended }) => `${measurements}${ended ? 'e' : ''}`).join('.');
  }
}

/**
 * The finished measurements that a result still has, oldest first, each with its number in the series, from 1. The
 * last one has the number of all that were finished, which `count` and `error` add up to.
 */
export function finishedMeasurements(
  result: MetricResult,
): readonly { readonly ordinal: number; readonly measurement: Measurement }[] {
  const finished = (result.measurements ?? []).filter(({ phase }) => isCompleted(phase));
  const first = finishedCount(result) - finished.length + 1;
  return finished.map((measurement, index) => ({ ordinal: first + index, measurement }));
}

/** Number of measurements of a series that were finished, kept or not. */
export const finishedCount = (result: MetricResult | undefined): number =>
  (result?.count ?? 0) + (result?.error ?? 0);
