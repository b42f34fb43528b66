import type { AnalysisRun, AnalysisRunStatus, Callback, MetricResult } from '../../../schemas/index.js';
import type { Completion, EndReason, NewRun, StoredDelivery, StoredRun, StoredSeries } from '../ports.js';
import { decodeResult, encodeResult } from './compact-result.js';

/** Redis holds something that this version did not write. */
export class StoredDataError extends Error {
  override readonly name = 'StoredDataError';
}

/** What the field `run` of a run's hash holds. */
interface RunField {
  readonly document: AnalysisRun;
  readonly callbacks: readonly Callback[];
  readonly fingerprint: string;
  readonly createdAtMs: number;
}

/** The field `run` of a run's hash: what never changes. */
export function encodeRun({ document, callbacks, fingerprint, createdAtMs }: NewRun): string {
  const field: RunField = { document, callbacks, fingerprint, createdAtMs };
  return JSON.stringify(field);
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

/** A run from the reply of HGETALL, a flat list of fields and values; undefined: there is none. */
export function decodeRun(id: string, reply: unknown, readRun: ReadRun): StoredRun | undefined {
  if (!isList(reply)) throw new StoredDataError(`run ${id}: the reply is no list`);
  if (reply.length === 0) return undefined;
  let run: RunField | undefined;
  let completion: Completion | undefined;
  let ending: EndReason | undefined;
  const series = new Map<string, StoredSeries>();
  for (let index = 0; index < reply.length; index += 2) {
    const field = String(reply[index]);
    const value = String(reply[index + 1]);
    if (field === 'run') run = readRun(id, value);
    else if (field === 'term') ending = decodeEndReason(value);
    else if (field === 'done') completion = decodeCompletion(value);
    else if (field.startsWith('s:')) series.set(field.slice(2), decodeSeries(value));
  }
  if (run === undefined) throw new StoredDataError(`run ${id} has no spec`);
  const ordered = new Map<string, StoredSeries>();
  // A hash has no order; the spec's is what users see.
  for (const { name } of run.document.spec.metrics) {
    const state = series.get(name);
    if (state !== undefined) ordered.set(name, state);
  }
  return {
    ...{ id, ...run, series: ordered },
    ...(ending === undefined ? {} : { ending }),
    ...(completion === undefined ? {} : { completion }),
  };
}

/** Reads the field `run`. Injected, so that it is parsed once for many ticks, and its spec keeps its identity. */
export type ReadRun = (id: string, text: string) => RunField;

/** Parses the field `run`, which only {@link encodeRun} writes. */
export const parseRun = (text: string): RunField => JSON.parse(text) as RunField;

/** A series from its field: `seq|nextAt|JSON`, JSON empty until something was measured. */
export function decodeSeries(text: string): StoredSeries {
  const [, seq, nextAtMs, json] = /^(\d+)\|(\d+(?:\.\d+)?)\|(.*)$/s.exec(text) ?? [];
  if (seq === undefined || nextAtMs === undefined || json === undefined)
    throw new StoredDataError('a series is not of the form seq|nextAt|JSON');
  const base = { seq: Number(seq), nextAtMs: Number(nextAtMs) };
  return json === '' ? base : { ...base, result: decodeResult(json) };
}

function decodeEndReason(text: string): EndReason {
  if (text !== 'asked' && text !== 'decided') throw new StoredDataError('a run ends for an unknown reason');
  return text;
}

/** The field of a series: `seq|nextAt|JSON`. */
export const encodeSeries = (seq: number, nextAtMs: number, result: MetricResult): string =>
  `${seq}|${nextAtMs}|${encodeResult(result)}`;

function decodeCompletion(text: string): Completion {
  const [, expiresAtMs, json] = /^\w+\|(\d+(?:\.\d+)?)\|(.*)$/s.exec(text) ?? [];
  if (expiresAtMs === undefined || json === undefined)
    throw new StoredDataError('a completion is not of the form phase|expiry|JSON');
  return { expiresAtMs: Number(expiresAtMs), status: JSON.parse(json) as AnalysisRunStatus };
}
