import { LRUCache } from 'lru-cache';
import type { StoredRun } from '../ports.js';
import {
  decodeEndReason,
  decodeSeries,
  encodeIdentity,
  type FixedRun,
  isList,
  parseRun,
  type ReadRun,
  seriesHead,
  StoredDataError,
} from './codec.js';

/** Runs that are remembered; one takes about 10 KiB. */
const REMEMBERED = 5_000;

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
  readonly #runs = new LRUCache<string, StoredRun>({ max: REMEMBERED });

  /** Parses what never changes in a run, unless it is known. */
  readonly readFixed: ReadRun = (id, identity, text): FixedRun => {
    const known = this.#runs.peek(id);
    if (known === undefined || encodeIdentity(known) !== identity) return parseRun(text, identity);
    const { document, callbacks, fingerprint, createdAtMs, incarnation, requestedBy } = known;
    return {
      ...{ document, callbacks, fingerprint, createdAtMs, incarnation },
      ...(requestedBy === undefined ? {} : { requestedBy }),
    };
  };

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** Remembers a run, and gives it on. */
  keep<Run extends StoredRun | undefined>(run: Run): Run {
    // A run that has ended is not looked at again.
    if (run?.completion === undefined && run !== undefined) this.#runs.set(run.id, run);
    else if (run !== undefined) this.#runs.delete(run.id);
    return run;
  }

  /** The run with its series `metric` as it is now; undefined: too much has changed, it has to be loaded. */
  recall(id: string, metric: string, { identity, term, done, series }: LookReply): StoredRun | undefined {
    const known = this.#runs.get(id);
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
