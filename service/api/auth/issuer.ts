import { createHash } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import type { TokenIssuer } from '../../../schemas/index.js';
import { goDurationMs } from '../../condition/index.js';
import type { HttpClient } from '../../providers/index.js';
import type { Verdict } from './authenticator.js';
import { claimOf, grantsOf, textsOf } from './claims.js';

const DEFAULT_ALGORITHMS = ['RS256', 'ES256'];
const DEFAULT_TOLERANCE = '30s';
/** Time for the keys to come, ms. */
const KEYS_TIMEOUT_MS = 5_000;
/** Time for which keys are kept, ms, and the least time between two looks for a key that is not among them. */
const KEYS_MAX_AGE_MS = 10 * 60_000;
const KEYS_COOLDOWN_MS = 30_000;
/** Bytes of a set of keys that are taken. */
const KEYS_MAX_BYTES = 512 * 1024;
/** Characters of a subject that are kept as they are. A longer one has a digest in place of its end, so that it stays one caller's. */
const MAX_SUBJECT = 256;

/** Judges the tokens of one issuer. Never rejects. */
export type VerifyToken = (token: string) => Promise<Verdict>;

/**
 * Verifies tokens of an OpenID Connect issuer: signature by one of its keys with one of the chosen algorithms, issuer,
 * audience, and that it is not over. Keys are fetched when they are needed, through the client whose egress rules hold, and
 * again for a key that is not among them, twice a minute at most. A token that never expires is refused.
 */
export function createIssuer(
  config: TokenIssuer,
  http: Pick<HttpClient, 'request'>,
  nowMs: () => number,
): VerifyToken {
  const keys = createRemoteJWKSet(new URL(config.jwksUrl), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    [customFetch]: (url: string, { signal }) => fetchKeys(http, url, signal),
  });
  const { issuer, audiences, algorithms = DEFAULT_ALGORITHMS, clockTolerance = DEFAULT_TOLERANCE } = config;
  const options = {
    ...{ issuer, audience: [...audiences], algorithms: [...algorithms], requiredClaims: ['exp'] },
    clockTolerance: goDurationMs(clockTolerance) / 1_000,
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, { ...options, currentDate: new Date(nowMs()) });
      return accepted(config, payload);
    } catch (error) {
      const reason = `${config.name}: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: isRefusal(error) ? 'refused' : 'unavailable', method: 'oidc', reason };
    }
  };
}

function accepted({ name, subjectClaim = 'sub', rules }: TokenIssuer, payload: JWTPayload): Verdict {
  const [subject] = textsOf(claimOf(payload, subjectClaim));
  if (subject === undefined || subject === '')
    return { kind: 'refused', method: 'oidc', reason: `${name}: the claim ${subjectClaim} names nobody` };
  const id = `oidc:${name}:${shortened(subject)}`;
  return { kind: 'accepted', method: 'oidc', caller: { id, grants: grantsOf(payload, rules) } };
}

/** Longer than any that stays as it is, so that nobody's subject is another's shortened one. */
const shortened = (subject: string): string =>
  subject.length <= MAX_SUBJECT
    ? subject
    : `${subject.slice(0, MAX_SUBJECT - 64)}~${createHash('sha256').update(subject).digest('hex')}`;

/** Faults of the token. Of the others it is not known whether it is right: the keys could not be had, or not be used. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

async function fetchKeys(
  http: Pick<HttpClient, 'request'>,
  url: string,
  signal: AbortSignal,
): Promise<Response> {
  const { status, body } = await http.request({
    ...{ method: 'GET', url, signal, changesNothing: true },
    // Whoever can change the keys on their way can let anybody in.
    staysSecure: true,
    headers: { accept: 'application/json' },
    ...{ timeoutMs: KEYS_TIMEOUT_MS, maxBytes: KEYS_MAX_BYTES },
  });
  if (status !== 200) throw new Error(`the keys at ${url} were answered with status ${status}`);
  return new Response(new Uint8Array(body), { status });
}
