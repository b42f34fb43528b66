import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';

/** A Flux result that ends with an error after some rows: an Error in ours, the rows before it in the reference. */
export function isBrokenOffResult({ input, expected, actual }: Difference): boolean {
  const judged = { phase: '', value: '', message: '' };
  return (
    input['group'] === 'influxdb' &&
    actual['phase'] === 'Error' &&
    String(actual['message']).startsWith('the result broke off after ') &&
    isDeepStrictEqual({ ...expected, ...judged }, { ...actual, ...judged })
  );
}
