import type { AccessMethod } from '../../platform/index.js';
import type { Caller } from './caller.js';

/** What became of a credential. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly caller: Caller; readonly method: AccessMethod }
  /** `reason` is for the log: the caller is only told that the credential is not accepted. */
  | { readonly kind: 'refused'; readonly reason: string; readonly method: AccessMethod }
  /** Whoever could tell did not answer. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly method: AccessMethod };

/** Tells who has a bearer token. Never rejects. */
export interface Authenticate {
  (token: string): Promise<Verdict>;
  /** Whether it names a trusted issuer, so that it has that issuer's signature or is refused. Default: it does not. */
  readonly isSigned?: (token: string) => boolean;
}

/** A JSON Web Token by its form: three parts in base64url. */
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** Whether a token has the form of a JSON Web Token. */
export const isJwt = (token: string): boolean => JWT.test(token);
