import { ANALYSIS_PHASES, type Measurement, type MetricResult } from '../../../schemas/index.js';

/** A measurement as a short list: number of the phase, start (epoch ms), duration (ms), value, and what else it has. */
type Compact = readonly [
  phase: number,
  startMs: number,
  durationMs: number,
  value?: string,
  rest?: Partial<Measurement>,
];

/**
 * Measurements that were encoded or decoded before, as text or as they were stored: those that a series keeps come again with
 * each commit.
 */
const known = new WeakMap<Measurement, string | Compact>();

/**
 * A result as JSON with its finished measurements in a third of their size: a running run keeps ten of them, and
 * names of fields and times would be most of what it takes. What does not fit the short form stays as it is.
 */
export function encodeResult({ measurements, ...result }: MetricResult): string {
  const rest = JSON.stringify(result);
  if (measurements === undefined) return rest;
  const comma = rest === '{}' ? '' : ',';
  return `${rest.slice(0, -1)}${comma}"measurements":[${measurements.map(encoded).join(',')}]}`;
}

/** The reverse of {@link encodeResult}. */
export function decodeResult(json: string): MetricResult {
  const { measurements, ...result } = JSON.parse(json) as StoredResult;
  return { ...result, ...(measurements && { measurements: measurements.map(expand) }) };
}

/** What {@link encodeResult} writes. */
type StoredResult = Omit<MetricResult, 'measurements'> & {
  readonly measurements?: readonly (Measurement | Compact)[];
};

function encoded(measurement: Measurement): string {
  const before = known.get(measurement);
  if (typeof before === 'string') return before;
  const text = JSON.stringify(before ?? compact(measurement));
  known.set(measurement, text);
  return text;
}

function compact(measurement: Measurement): Measurement | Compact {
  const { phase, startedAt = '', finishedAt = '', value, ...rest } = measurement;
  const startMs = Date.parse(startedAt);
  const endMs = Date.parse(finishedAt);
  // Only times that come back as they were; a provider may give others.
  if (!isPlain(startMs, startedAt) || !isPlain(endMs, finishedAt)) return measurement;
  const head = [ANALYSIS_PHASES.indexOf(phase), startMs, endMs - startMs] as const;
  if (Object.keys(rest).length === 0) return value === undefined ? head : [...head, value];
  return value === undefined ? measurement : [...head, value, rest];
}

function expand(stored: Measurement | Compact): Measurement {
  if (!isCompact(stored)) return stored;
  const [phase, startMs, durationMs, value, rest] = stored;
  const measurement = {
    phase: ANALYSIS_PHASES[phase] ?? '',
    ...(value === undefined ? {} : { value }),
    startedAt: new Date(startMs).toISOString(),
    finishedAt: new Date(startMs + durationMs).toISOString(),
    ...rest,
  };
  known.set(measurement, stored);
  return measurement;
}

const isPlain = (epochMs: number, text: string): boolean =>
  !Number.isNaN(epochMs) && new Date(epochMs).toISOString() === text;

const isCompact = (stored: Measurement | Compact): stored is Compact => Array.isArray(stored);
