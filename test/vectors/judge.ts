import { isDeepStrictEqual } from 'node:util';
import { deviations, type Difference } from './deviations.js';
import type { CaseResult } from './runner.js';

/** One recorded case: an object with at least `id` and `group`. */
export interface VectorCase {
  readonly id: string;
  readonly group: string;
  readonly [field: string]: unknown;
}

/** The cases of a file that is one JSON array. Throws when it is anything else. */
export function casesOf(json: unknown): readonly VectorCase[] {
  if (!Array.isArray(json)) throw new TypeError('a vector file must be a JSON array of cases');
  return json.map((item: unknown, index) => {
    if (!isRecord(item) || typeof item['id'] !== 'string' || typeof item['group'] !== 'string') {
      throw new TypeError(`case ${index} has no id or no group`);
    }
    return { ...item, id: item['id'], group: item['group'] };
  });
}

/** A field that must be a string. */
export function textOf(record: Readonly<Record<string, unknown>>, field: string): string {
  const value = record[field];
  if (typeof value !== 'string') throw new TypeError(`${field} must be a string`);
  return value;
}

/** A field that must be an object. */
export function recordOf(record: Readonly<Record<string, unknown>>, field: string): Record<string, unknown> {
  const value = record[field];
  if (!isRecord(value)) throw new TypeError(`${field} must be an object`);
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Compares what was expected with what came, both plain JSON. A difference that a deviation rule accepts is
 * `deviate`; `twins` are for these rules. With `errorMatch: "prefix"` in `expected` only the start of the error counts.
 */
export function judge(
  item: VectorCase,
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  twins: Difference['twins'] = {},
): CaseResult {
  const { errorMatch, ...wanted } = expected;
  const { id, group } = item;
  const error = actual['error'];
  const prefix = wanted['error'];
  const got =
    errorMatch === 'prefix' &&
    typeof error === 'string' &&
    typeof prefix === 'string' &&
    error.startsWith(prefix)
      ? { ...actual, error: prefix }
      : actual;
  if (isDeepStrictEqual(wanted, got)) return { id, group, outcome: 'agree' };
  const details = `expected ${JSON.stringify(wanted)}\n     got ${JSON.stringify(actual)}`;
  const rule = deviations.find((deviation) =>
    deviation.applies({ input: item, expected: wanted, actual, twins }),
  );
  return rule === undefined
    ? { id, group, outcome: 'disagree', details }
    : { id, group, outcome: 'deviate', rule: rule.name, details };
}
