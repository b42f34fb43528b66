import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { fieldOf, listOf } from './field-of.js';

/** The fields of the queries that a measurement by Kayenta begins with, each with the field of the spec it is of. */
const QUERIES: readonly Readonly<Record<string, string>>[] = [
  { application: 'application', configurationAccountName: 'storageAccountName' },
  {
    application: 'application',
    metricsAccountName: 'metricsAccountName',
    configurationAccountName: 'configurationAccountName',
    storageAccountName: 'storageAccountName',
  },
];

/** Names with characters that mean something in a URL: the reference sends them as they are, ours escapes them. */
export function hasEscapedNames({ input, expected, actual }: Difference): boolean {
  const spec = fieldOf(input, 'metric', 'provider', 'kayenta');
  const named = QUERIES.map((fields) =>
    Object.entries(fields).map(([name, field]) => [name, String(fieldOf(spec, field))] as const),
  );
  const isAsked = (outcome: Difference['actual'], queryOf: (names: Names) => unknown): boolean =>
    listOf(outcome, 'requests').every(
      (request, index) =>
        named[index] === undefined || isDeepStrictEqual(fieldOf(request, 'query'), queryOf(named[index])),
    );
  return (
    spec !== undefined &&
    isAsked(expected, rawQuery) &&
    isAsked(actual, Object.fromEntries) &&
    isDeepStrictEqual(withoutQueries(expected), withoutQueries(actual))
  );
}

type Names = readonly (readonly [name: string, value: string])[];

/** What a server reads where nothing was escaped. */
const rawQuery = (names: Names): unknown =>
  Object.fromEntries(new URLSearchParams(names.map(([name, value]) => `${name}=${value}`).join('&')));

const withoutQueries = (outcome: Difference['actual']): unknown => ({
  ...outcome,
  requests: listOf(outcome, 'requests').map((request, index) =>
    index < QUERIES.length && typeof request === 'object' ? { ...request, query: undefined } : request,
  ),
});
