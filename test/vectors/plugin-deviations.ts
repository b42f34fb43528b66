import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { fieldOf } from './field-of.js';

/** The reference asks a plugin for metadata of the metric; ours takes that of its measurements only. */
export function hasNoMetadataOfTheMetric({ input, expected, actual }: Difference): boolean {
  const { error, ...others } = recordIn(input, 'pluginReturns');
  const told =
    error === undefined
      ? others
      : { ...others, error: `failed to get metadata via plugin: ${typeof error === 'string' ? error : ''}` };
  return (
    input['op'] === 'getMetadata' &&
    isDeepStrictEqual(expected, { metadata: told }) &&
    isDeepStrictEqual(actual, { metadata: {} })
  );
}

/** The reference asks a plugin what it calls itself; ours goes by the name under which it is configured. */
export function isCalledAsConfigured({ input, expected, actual }: Difference): boolean {
  return (
    input['op'] === 'type' &&
    isDeepStrictEqual(Object.keys(expected), ['type']) &&
    typeof expected['type'] === 'string' &&
    expected['type'] !== '' &&
    isDeepStrictEqual(actual, { type: fieldOf(input, 'configuredAs') })
  );
}

function recordIn(
  record: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, unknown>> {
  const value = record[field];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
