import { isList } from '../../schemas/index.js';
import { BadContinueTokenError } from './engine.js';
import type { ListCursor } from './ports.js';

/** Whether `one` comes after `other` in a listing: newest first, and by id where the time is the same. */
export const isAfter = (one: ListCursor, other: ListCursor): boolean =>
  one.createdAtMs === other.createdAtMs ? one.id < other.id : one.createdAtMs < other.createdAtMs;

/** The token by which the page after `cursor` is asked for. */
export const continueToken = ({ createdAtMs, id }: ListCursor): string =>
  Buffer.from(JSON.stringify([createdAtMs, id])).toString('base64url');

/**
 * The place in the listing that a token names.
 * @throws BadContinueTokenError for a text that {@link continueToken} did not make.
 */
export function readContinueToken(token: string): ListCursor {
  const parts: unknown = parsed(Buffer.from(token, 'base64url').toString());
  const [createdAtMs, id] = isList(parts) ? parts : [];
  if (typeof createdAtMs !== 'number' || typeof id !== 'string') throw new BadContinueTokenError();
  return { createdAtMs, id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadContinueTokenError();
  }
}
