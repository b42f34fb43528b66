import { isDeepStrictEqual } from 'node:util';
import { hasReadableMessages, isCrashOfTheLibrary, isUnreadResult } from './cloud-watch-deviations.js';
import { isNothingWithoutCondition } from './empty-deviations.js';
import { hasEscapedNames } from './kayenta-deviations.js';
import { isCutShort } from './long-deviations.js';
import { isCalledAsConfigured } from './plugin-deviations.js';
import {
  hasDefaultsOfTheCluster,
  isBrokenOffResult,
  isPointWithoutValue,
  isRefusedByTheSchema,
  isSeriesWithoutPoints,
} from './provider-deviations.js';
import { isUnsignedByValue } from './unsigned-deviations.js';

/** A case seen as a whole: its recorded input, and the two outcomes as plain JSON. */
export interface Difference {
  readonly input: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly actual: Readonly<Record<string, unknown>>;
  /** What ours makes of the case with one thing changed, by what that is (`provider-twins.ts`); often none. */
  readonly twins: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A difference from the reference that is meant to be, told by what a case says, never by its id. */
export interface Deviation {
  /** As DEVIATIONS.md lists it. */
  readonly name: string;
  readonly applies: (difference: Difference) => boolean;
}

/** Every accepted deviation; DEVIATIONS.md gives the reason and an example of each. */
export const deviations: readonly Deviation[] = [
  {
    name: 'power-last-bit',
    applies: ({ input, expected, actual }) =>
      usesPower(input) && differsInLastBit(expected['value'], actual['value']),
  },
  { name: 'refused-run-completes', applies: differsInCompletionOfRefusal },
  { name: 'secret-values-redacted', applies: differsInRedactionOfValues },
  { name: 'method-in-upper-case', applies: differsInCaseOfMethods },
  { name: 'plugin-type', applies: isCalledAsConfigured },
  { name: 'crash-of-the-library', applies: isCrashOfTheLibrary },
  { name: 'readable-messages', applies: hasReadableMessages },
  { name: 'unread-result', applies: isUnreadResult },
  { name: 'broken-off-result', applies: isBrokenOffResult },
  { name: 'refused-by-the-schema', applies: isRefusedByTheSchema },
  { name: 'defaults-of-the-cluster', applies: hasDefaultsOfTheCluster },
  { name: 'point-without-value', applies: isPointWithoutValue },
  { name: 'series-without-points', applies: isSeriesWithoutPoints },
  { name: 'names-in-urls', applies: hasEscapedNames },
  { name: 'unsigned-by-value', applies: isUnsignedByValue },
  { name: 'nothing-without-condition', applies: isNothingWithoutCondition },
  { name: 'long-texts-cut', applies: isCutShort },
];

function usesPower(input: Readonly<Record<string, unknown>>): boolean {
  const expression = input['expression'];
  return typeof expression === 'string' && (expression.includes('**') || expression.includes('^'));
}

function differsInLastBit(expected: unknown, actual: unknown): boolean {
  const a = floatOf(expected);
  const b = floatOf(actual);
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(a) * 2 ** -52;
}

/** The number of a typed float64, if it is one and is finite. */
function floatOf(typed: unknown): number | undefined {
  if (typeof typed !== 'object' || typed === null || !('type' in typed) || !('value' in typed))
    return undefined;
  return typed.type === 'float64' && typeof typed.value === 'number' ? typed.value : undefined;
}

/** A run whose spec is refused: ours has a `completedAt`, and so a time to live. All else is the same. */
function differsInCompletionOfRefusal({ expected, actual }: Difference): boolean {
  const wanted = recordIn(expected, 'final');
  const { completedAt, ...got } = recordIn(actual, 'final');
  const message = typeof wanted['message'] === 'string' ? wanted['message'] : '';
  return (
    wanted['phase'] === 'Error' &&
    /^(Analysis spec invalid|Unable to resolve metric arguments): /.test(message) &&
    wanted['completedAt'] === undefined &&
    typeof completedAt === 'number' &&
    isDeepStrictEqual({ ...expected, ttl: [] }, { ...actual, final: got, ttl: [] })
  );
}

/** A run with secrets: ours hides them in values and metadata of measurements, the reference in messages only. */
function differsInRedactionOfValues({ input, expected, actual }: Difference): boolean {
  const secrets = Object.values(recordIn(input, 'secrets')).flatMap((secret): readonly unknown[] =>
    typeof secret === 'object' && secret !== null ? Object.values(secret) : [],
  );
  const hidden = (value: string) =>
    secrets.reduce<string>((text, secret) => text.replaceAll(String(secret), '*****'), value);
  if (secrets.length === 0 || secrets.includes('')) return false;
  return isDeepStrictEqual(valuesMapped(expected, hidden), actual);
}

/** Requests that the reference sends with a method in lower case, and ours in upper case. All else is the same. */
function differsInCaseOfMethods({ expected, actual }: Difference): boolean {
  const requests: readonly unknown[] = Array.isArray(expected['requests']) ? expected['requests'] : [];
  const upper = requests.map((request) => {
    if (typeof request !== 'object' || request === null || !('method' in request)) return request;
    return { ...request, method: String(request.method).toUpperCase() };
  });
  return isDeepStrictEqual({ ...expected, requests: upper }, actual);
}

/** The JSON with every text under a key `value`, and those of the `metadata` of measurements, mapped. */
function valuesMapped(json: unknown, map: (text: string) => string): unknown {
  if (Array.isArray(json)) return json.map((item: unknown) => valuesMapped(item, map));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, member]: [string, unknown]) => [
      key,
      key === 'value' && typeof member === 'string'
        ? map(member)
        : key === 'measurements'
          ? metadataMapped(valuesMapped(member, map), map)
          : valuesMapped(member, map),
    ]),
  );
}

function metadataMapped(measurements: unknown, map: (text: string) => string): unknown {
  if (!Array.isArray(measurements)) return measurements;
  return measurements.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('metadata' in item)) return item;
    const texts = Object.entries(item.metadata ?? {}).map(
      ([name, text]: [string, unknown]) => [name, typeof text === 'string' ? map(text) : text] as const,
    );
    return { ...item, metadata: Object.fromEntries(texts) };
  });
}

function recordIn(
  record: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, unknown>> {
  const value = record[field];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
