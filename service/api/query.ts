import type { Request } from 'express';
import { nearMiss } from '../../schemas/index.js';
import { goDurationMs } from '../condition/index.js';
import { RequestError } from './request-error.js';

/** Longest time that a request may wait for a verdict, ms. */
const MAX_WAIT_MS = 5 * 60_000;
/** Runs on a page, when the request does not say, and at most. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/**
 * The parameters of the query.
 * @throws RequestError (400) for one that there is not, and one that is given twice: a misspelt filter would list everything.
 */
export function queryOf<Name extends string>(
  request: Request,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const values: Partial<Record<Name, string>> = {};
  for (const [key, value] of Object.entries(request.query)) {
    const name = names.find((each) => each === key);
    if (name === undefined) {
      const meant = nearMiss(key, names);
      const advice = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
      throw new RequestError(400, `${key}: unknown query parameter: ${advice}`);
    }
    if (typeof value !== 'string') throw new RequestError(400, `${key}: is given more than once`);
    values[name] = value;
  }
  return values;
}

/** The time that a parameter gives, in ms, at most five minutes. @throws RequestError (400) when it is no duration. */
export function timeMs(name: string, text: string): number {
  let ms: number;
  try {
    ms = goDurationMs(text);
  } catch (error) {
    throw new RequestError(400, `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (ms < 0) throw new RequestError(400, `${name}: must not be negative`);
  return Math.min(ms, MAX_WAIT_MS);
}

/**
 * Value of `namespace`.
 * @throws RequestError (400) when it is empty: nothing is in that namespace, and a script whose variable is unset would take it that
 *   there is nothing.
 */
export function namespaceIn({ namespace }: { readonly namespace?: string }): string | undefined {
  if (namespace === '')
    throw new RequestError(400, 'namespace: is empty: name one, or leave it out for all that you may read');
  return namespace;
}

/** Value of `limit`. @throws RequestError (400) when it is none. */
export function pageSize(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw new RequestError(
      400,
      `limit: must be a number from 1 to ${MAX_LIMIT}, not ${JSON.stringify(text)}`,
    );
  return limit;
}
