import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { fieldOf } from './field-of.js';

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
