import type { AnalysisRunStatus, Measurement, MetricResult } from '../../../schemas/index.js';
import { jsonBytes } from './json-size.js';

/** What a status has to fit into. */
export interface StatusRoom {
  /** Of the run, by which the service has all of it. */
  readonly id: string;
  /** Most bytes of the status as JSON. */
  readonly bytes: number;
}

/** Most bytes of a status: enough to read, and a fraction of what a watch brings at once. */
const MAX_STATUS_BYTES = 1_000_000;
/** Most bytes of an object: etcd takes 1.5 MiB of a request, and what is kept with the object is in it. */
const MAX_OBJECT_BYTES = 1_500_000;
/** Characters of a text of a metric that are kept where all of them are too many. */
const SHORT = 1_000;

/** The room for the status of a run whose object has so many bytes beside it. */
export const roomBeside = (id: string, otherBytes: number): StatusRoom => ({
  id,
  bytes: Math.min(MAX_STATUS_BYTES, MAX_OBJECT_BYTES - otherBytes),
});

/**
 * As much of the status as an API server stores: it would refuse a larger one, and the verdict with it. The service has all of
 * it. The phase, the moments and the summaries are always there.
 */
export function fitting(status: AnalysisRunStatus, { id, bytes }: StatusRoom): AnalysisRunStatus {
  for (const shorter of everShorter(status, id)) if (jsonBytes(shorter) <= bytes) return shorter;
  return barest(status, id);
}

/** The status without its metrics, and where they are to be found. */
export function barest<Told extends { readonly message?: unknown; readonly metricResults?: unknown }>(
  { metricResults: _all, message, ...rest }: Told,
  id: string,
): Omit<Told, 'metricResults' | 'message'> & { readonly message: string } {
  return { ...rest, message: withPlace(typeof message === 'string' ? message : '', id) };
}

/** What matters least goes first: long texts of providers, early measurements, then all of them. */
function* everShorter(status: AnalysisRunStatus, id: string): Generator<AnalysisRunStatus> {
  yield status;
  let results = status.metricResults ?? [];
  const changed = (change: (result: MetricResult) => MetricResult): AnalysisRunStatus => {
    results = results.map(change);
    return { ...status, metricResults: results };
  };
  yield changed(withShortMetadata);
  let kept = Math.max(0, ...results.map(({ measurements = [] }) => measurements.length));
  while (kept > 1) {
    kept = Math.floor(kept / 2);
    yield changed((result) => withLatest(result, kept));
  }
  yield changed(({ metadata: _metadata, ...result }) => withMeasurements(result, withoutMetadata));
  yield changed((result) => withShortMessage(withMeasurements(result, withShortMessage)));
  yield { ...changed(countsOnly), message: withPlace(status.message ?? '', id) };
}

/** A message that says where all of it is. One that says so already is left as it is. */
function withPlace(message: string, id: string): string {
  const place = `too large for this object, details are in the service: GET /v1/analysisruns/${id}`;
  if (message.includes(place)) return message;
  return message === '' ? place : `${short(message)} (${place})`;
}

function withLatest(result: MetricResult, kept: number): MetricResult {
  const { measurements = [] } = result;
  if (measurements.length <= kept) return result;
  return { ...result, measurements: measurements.slice(measurements.length - kept) };
}

const withMeasurements = (
  { measurements, ...result }: MetricResult,
  change: (measurement: Measurement) => Measurement,
): MetricResult => ({
  ...result,
  ...(measurements === undefined ? {} : { measurements: measurements.map(change) }),
});

const withoutMetadata = ({ metadata: _metadata, ...measurement }: Measurement): Measurement => measurement;

const countsOnly = ({
  measurements: _all,
  metadata: _metadata,
  message: _message,
  ...counts
}: MetricResult): MetricResult => counts;

function withShortMetadata({ metadata, ...result }: MetricResult): MetricResult {
  if (metadata === undefined) return result;
  const shorter = Object.entries(metadata).map(([name, value]) => [name, short(value)] as const);
  return { ...result, metadata: Object.fromEntries(shorter) };
}

function withShortMessage<Told extends { readonly message?: string | undefined }>(told: Told): Told {
  return told.message === undefined ? told : { ...told, message: short(told.message) };
}

const short = (text: string): string => (text.length <= SHORT ? text : `${text.slice(0, SHORT - 1)}…`);
