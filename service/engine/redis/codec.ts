import type { AnalysisRunStatus, MetricResult } from '../../../schemas/index.js';
import type { Completion, EndReason, StoredDelivery, StoredRun, StoredSeries } from '../ports.js';
import { decodeResult, encodeResult } from './compact-result.js';

/** Redis holds something that this version did not write. */
export class StoredDataError extends Error {
  override readonly name = 'StoredDataError';
}

/** What never changes in a run. */
export type FixedRun = Pick<
  StoredRun,
  'document' | 'callbacks' | 'fingerprint' | 'createdAtMs' | 'incarnation' | 'requestedBy'
>;

/** What of a run never changes. */
export const fixedOf = ({
  document,
  callbacks,
  fingerprint,
  createdAtMs,
  incarnation,
  requestedBy,
}: FixedRun): FixedRun => ({
  ...{ document, callbacks, fingerprint, createdAtMs, incarnation },
  ...(requestedBy === undefined ? {} : { requestedBy }),
});

/** What the field `run` of a run's hash holds. */
type RunField = Pick<FixedRun, 'document' | 'callbacks' | 'requestedBy'>;

/** The field `run` of a run's hash: what was asked for. */
export function encodeRun({ document, callbacks, requestedBy }: FixedRun): string {
  const field: RunField = { document, callbacks, ...(requestedBy === undefined ? {} : { requestedBy }) };
  return JSON.stringify(field);
}

/** The field `is`: runs that are alike in it and in their ids are the same. */
export const encodeIdentity = ({
  createdAtMs,
  fingerprint,
  incarnation,
}: Pick<FixedRun, 'createdAtMs' | 'fingerprint' | 'incarnation'>): string =>
  `${createdAtMs}|${fingerprint}|${incarnation}`;

/** Parses the fields `run` and `is`, which only {@link encodeRun} and {@link encodeIdentity} write. */
export function parseRun(text: string, identity: string): FixedRun {
  const [, createdAtMs, fingerprint, incarnation] = /^(\d+(?:\.\d+)?)\|(\w+)\|([\w-]+)$/.exec(identity) ?? [];
  if (createdAtMs === undefined || fingerprint === undefined || incarnation === undefined)
    throw new StoredDataError('an identity is not of the form createdAt|fingerprint|incarnation');
  return { ...(JSON.parse(text) as RunField), createdAtMs: Number(createdAtMs), fingerprint, incarnation };
}

/** The field `done` of a run's hash: how it ended. */
export const encodeCompletion = ({ status, expiresAtMs }: Completion): string =>
  `${status.phase}|${expiresAtMs}|${JSON.stringify(status)}`;

/** The field of a delivery: `state|version|JSON`. */
export function encodeDelivery({ version, replaces: _replaces, ...delivery }: StoredDelivery): string {
  return `${delivery.state}|${version}|${JSON.stringify(delivery)}`;
}

/** The reverse of {@link encodeDelivery}. */
export function decodeDelivery(text: string): StoredDelivery {
  const [, version, json] = /^[a-z]+\|(\d+)\|(.*)$/s.exec(text) ?? [];
  if (version === undefined || json === undefined)
    throw new StoredDataError('a delivery is not of the form state|version|JSON');
  return { ...(JSON.parse(json) as Omit<StoredDelivery, 'version'>), version: Number(version) };
}

/** Whether a reply, or a parsed JSON text, is a list. */
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** What `read` reads of a run. @throws StoredDataError whatever is wrong with it. */
export function readingRun<Result>(id: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new StoredDataError(`run ${id} can not be read`, { cause: error });
  }
}

/** A run from the fields of its hash; undefined: there are none. */
export function decodeRun(
  id: string,
  fields: ReadonlyMap<string, string>,
  readRun: ReadRun,
): StoredRun | undefined {
  if (fields.size === 0) return undefined;
  const [text, identity, term, done] = ['run', 'is', 'term', 'done'].map((field) => fields.get(field));
  if (text === undefined || identity === undefined) throw new StoredDataError(`run ${id} has no spec`);
  const fixed = readRun(id, identity, text);
  const series = new Map<string, StoredSeries>();
  // A hash has no order; the spec's is what users see.
  for (const { name } of fixed.document.spec.metrics) {
    const state = fields.get(`s:${name}`);
    if (state !== undefined) series.set(name, decodeSeries(state));
  }
  return {
    ...{ id, ...fixed, series },
    ...(term === undefined ? {} : { ending: decodeEndReason(term) }),
    ...(done === undefined ? {} : { completion: decodeCompletion(done) }),
  };
}

/** The fields of a hash from a reply: a flat list of fields and values. */
export function decodeFields(reply: unknown): ReadonlyMap<string, string> {
  if (!isList(reply)) throw new StoredDataError('the reply is no list of fields');
  const fields = new Map<string, string>();
  for (let index = 0; index < reply.length; index += 2)
    fields.set(String(reply[index]), String(reply[index + 1]));
  return fields;
}

/** Reads what never changes. Injected, so that it is parsed once for many ticks, and the spec keeps its identity. */
export type ReadRun = (id: string, identity: string, text: string) => FixedRun;

/** A series from its field: `seq|nextAt|JSON`, JSON empty until something was measured. */
export function decodeSeries(text: string): StoredSeries {
  const [, seq, nextAtMs, json] = /^(\d+)\|(\d+(?:\.\d+)?)\|(.*)$/s.exec(text) ?? [];
  if (seq === undefined || nextAtMs === undefined || json === undefined)
    throw new StoredDataError('a series is not of the form seq|nextAt|JSON');
  const base = { seq: Number(seq), nextAtMs: Number(nextAtMs) };
  return json === '' ? base : { ...base, result: decodeResult(json) };
}

/** The field `term`. */
export function decodeEndReason(text: string): EndReason {
  if (text !== 'asked' && text !== 'decided') throw new StoredDataError('a run ends for an unknown reason');
  return text;
}

/** How the field of a series begins in a state: no two of its states begin alike. */
export const seriesHead = ({ seq, nextAtMs }: StoredSeries): string => `${seq}|${nextAtMs}|`;

/** The field of a series: `seq|nextAt|JSON`. */
export const encodeSeries = (seq: number, nextAtMs: number, result: MetricResult): string =>
  `${seq}|${nextAtMs}|${encodeResult(result)}`;

function decodeCompletion(text: string): Completion {
  const [, expiresAtMs, json] = /^\w+\|(\d+(?:\.\d+)?)\|(.*)$/s.exec(text) ?? [];
  if (expiresAtMs === undefined || json === undefined)
    throw new StoredDataError('a completion is not of the form phase|expiry|JSON');
  return { expiresAtMs: Number(expiresAtMs), status: JSON.parse(json) as AnalysisRunStatus };
}
