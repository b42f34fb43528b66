import { createHash, timingSafeEqual } from 'node:crypto';
import type { KnownToken } from './access-file.js';
import type { Verdict } from './authenticator.js';

/** SHA-256 of a token. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Who has the token with this digest. All known ones are compared, each in constant time, whether or not one before was it:
 * how long it takes tells nothing of how near a guess was.
 * @returns undefined: it is none of them.
 */
export function findToken(digest: Buffer, tokens: readonly KnownToken[], nowMs: number): Verdict | undefined {
  let found: KnownToken | undefined;
  for (const token of tokens) if (timingSafeEqual(token.digest, digest)) found = token;
  if (found === undefined) return undefined;
  const { caller, expiresAtMs } = found;
  return expiresAtMs !== undefined && expiresAtMs <= nowMs
    ? { kind: 'refused', method: 'token', reason: `${caller.id} has expired` }
    : { kind: 'accepted', method: 'token', caller };
}
