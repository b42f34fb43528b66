import { LRUCache } from 'lru-cache';
import { getHeapStatistics } from 'node:v8';
import type { StoredRun, StoredSeries } from '../ports.js';
import {
  decodeEndReason,
  decodeSeries,
  encodeIdentity,
  type FixedRun,
  fixedOf,
  isList,
  parseRun,
  type ReadRun,
  seriesHead,
  StoredDataError,
} from './codec.js';

/** What the runs that are remembered may take: a part of the heap that the process may have, and no more than this, bytes. */
const PART_OF_HEAP = 1 / 4;
const MOST_BYTES = 256 * 2 ** 20;
/** Bytes of the heap that a run takes, measured: for each character of its spec, which is read and prepared, and for the rest. */
const OF_CHARACTER = 3;
const OF_MEASUREMENT = 250;
const OF_SERIES = 600;
const OF_RUN = 1_000;

/** The fields that {@link KnownRuns.recall} goes by, as HMGET gives them; null: not there. */
export interface LookReply {
  readonly identity: string | null | undefined;
  readonly term: string | null | undefined;
  readonly done: string | null | undefined;
  readonly series: string | null | undefined;
}

/**
 * Runs as this process last saw them, so that a tick reads and parses only what has changed since. Nothing is believed
 * without a look: a run is recalled only with the fields that tell what it is now.
 */
export class KnownRuns {
  readonly #runs: LRUCache<string, Known>;

  /** @param maxSize most bytes that the runs may take, as estimated. */
  constructor(maxSize = Math.min(getHeapStatistics().heap_size_limit * PART_OF_HEAP, MOST_BYTES)) {
    this.#runs = new LRUCache({ maxSize: Math.floor(maxSize) });
  }

  /** Parses what never changes in a run, unless it is known. */
  readonly readFixed: ReadRun = (id, identity, text): FixedRun => {
    const known = this.#runs.peek(id)?.run;
    return known === undefined || encodeIdentity(known) !== identity
      ? parseRun(text, identity)
      : fixedOf(known);
  };

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** Remembers a run, and gives it on. */
  keep<Run extends StoredRun | undefined>(run: Run): Run {
    // A run that has ended is not looked at again.
    if (run?.completion === undefined && run !== undefined) this.#remember(run);
    else if (run !== undefined) this.#runs.delete(run.id);
    return run;
  }

  /** The run with its series `metric` as it is now; undefined: too much has changed, it has to be loaded. */
  recall(id: string, metric: string, { identity, term, done, series }: LookReply): StoredRun | undefined {
    const known = this.#runs.get(id)?.run;
    const state = known?.series.get(metric);
    if (known === undefined || state === undefined || encodeIdentity(known) !== identity) return undefined;
    if (typeof done === 'string' || typeof series !== 'string') return undefined;
    const { ending: _ending, ...rest } = known;
    return this.keep({
      ...rest,
      ...(typeof term === 'string' ? { ending: decodeEndReason(term) } : {}),
      series: series.startsWith(seriesHead(state))
        ? known.series
        : new Map(known.series).set(metric, decodeSeries(series)),
    });
  }

  #remember(run: StoredRun): void {
    const { document, callbacks, series } = run;
    const before = this.#runs.peek(run.id);
    const asked =
      before?.run.document === document ? before.asked : JSON.stringify({ document, callbacks }).length;
    let size = OF_RUN + asked * OF_CHARACTER;
    for (const state of series.values()) size += sizeOf(state);
    this.#runs.set(run.id, { run, asked }, { size });
  }
}

/** A run, and the length of what was asked for as text. */
interface Known {
  readonly run: StoredRun;
  readonly asked: number;
}

/** Bytes of a series, about. */
function sizeOf({ result }: StoredSeries): number {
  const { measurements = [] } = result ?? {};
  let size = OF_SERIES;
  for (const { value = '', message = '' } of measurements)
    size += OF_MEASUREMENT + value.length + message.length;
  return size;
}

/** Names and heads of the other series of a run, as arguments of COMMIT. */
export const otherHeads = ({ series }: StoredRun, metric: string): string[] =>
  [...series].flatMap(([name, state]) => (name === metric ? [] : [name, seriesHead(state)]));

/** `run` with what the reply of COMMIT tells of its other series and of its end. */
export function withReply(run: StoredRun, metric: string, reply: unknown): StoredRun {
  const [term, ...others] = isList(reply) ? reply.map(String) : [];
  if (term === undefined || others.length !== run.series.size - 1)
    throw new StoredDataError(`run ${run.id}: a commit was not answered`);
  const series = new Map(run.series);
  const names = [...run.series.keys()].filter((name) => name !== metric);
  for (const [index, name] of names.entries()) {
    const text = others[index] ?? '';
    if (text !== '') series.set(name, decodeSeries(text));
  }
  const { ending: _ending, ...rest } = run;
  return { ...rest, series, ...(term === '' ? {} : { ending: decodeEndReason(term) }) };
}
