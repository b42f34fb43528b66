import { decodeJwt } from 'jose';
import type { KubernetesAccess, TokenIssuer } from '../../../schemas/index.js';
import type { HttpClient, ReviewToken } from '../../providers/index.js';
import type { Access } from './access-file.js';
import { type Authenticate, isJwt, type Verdict } from './authenticator.js';
import { createIssuer, type VerifyToken } from './issuer.js';
import { createKubernetesTokens } from './kubernetes-tokens.js';
import { digestOf, findToken } from './known-tokens.js';

/** What callers are known by. */
export interface AuthenticateDeps {
  /** The rules of access as they are now. */
  readonly access: () => Access;
  /** For the keys of issuers. */
  readonly http: Pick<HttpClient, 'request'>;
  /** Undefined: there is no cluster to ask. */
  readonly review?: ReviewToken;
  /** Epoch ms. */
  readonly nowMs: () => number;
}

/**
 * Tells who has a bearer token: one of the known tokens, one of an issuer that it names itself, or one that the API server of
 * Kubernetes knows. Which of them is tried follows from the token: an issuer that is trusted is not asked about foreign
 * tokens, nor Kubernetes about those of an issuer.
 */
export function createAuthenticate({ access, http, review, nowMs }: AuthenticateDeps): Authenticate {
  const issuers = keptFor((config: TokenIssuer) => createIssuer(config, http, nowMs));
  const clusters = keptFor((config: KubernetesAccess) =>
    review === undefined ? undefined : createKubernetesTokens(config, review, nowMs),
  );
  const issuerAmong = (token: string, trusted: readonly TokenIssuer[]): TokenIssuer | undefined => {
    const issuer = isJwt(token) ? issuerOf(token) : undefined;
    return issuer === undefined ? undefined : trusted.find((each) => each.issuer === issuer);
  };
  const authenticate = async (token: string): Promise<Verdict> => {
    const { tokens, issuers: trusted, kubernetes } = access();
    const digest = digestOf(token);
    const known = findToken(digest, tokens, nowMs());
    if (known !== undefined) return known;
    if (!isJwt(token)) return unknownToken;
    const config = issuerAmong(token, trusted);
    if (config !== undefined) {
      const verify: VerifyToken = issuers(config);
      return verify(token);
    }
    if (kubernetes === undefined) return unknownToken;
    const ask = clusters(kubernetes);
    return ask === undefined ? noCluster : ask(token, digest.toString('base64'));
  };
  return Object.assign(authenticate, {
    isSigned: (token: string) => issuerAmong(token, access().issuers) !== undefined,
  });
}

const unknownToken: Verdict = { kind: 'refused', method: 'none', reason: 'the token is not known' };
const noCluster: Verdict = {
  kind: 'unavailable',
  method: 'kubernetes',
  reason: 'kubernetes: there is no cluster to ask: set KUBECONFIG, or run in a pod',
};

/** The issuer that a token names; it is not verified yet. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    // Not a JWT after all: nobody's.
    return undefined;
  }
}

/** What is made of a part of the file is kept, with what it has fetched, until that part has another text. */
function keptFor<Config, Made>(make: (config: Config) => Made): (config: Config) => Made {
  let made = new Map<string, Made>();
  return (config) => {
    const key = JSON.stringify(config);
    const before = made.get(key);
    if (before !== undefined) return before;
    // Of the texts of former files only the last few may stay.
    if (made.size >= MAX_KEPT) made = new Map();
    const after = make(config);
    made.set(key, after);
    return after;
  };
}

const MAX_KEPT = 100;
