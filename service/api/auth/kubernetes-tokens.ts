import { LRUCache } from 'lru-cache';
import type { KubernetesAccess } from '../../../schemas/index.js';
import type { ReviewToken } from '../../providers/index.js';
import type { Verdict } from './authenticator.js';
import { type Claims, grantsOf } from './claims.js';

/** How long an answer of the API server is believed, ms: so long may a token be good that was taken away. */
const ACCEPTED_MS = 60_000;
const REFUSED_MS = 10_000;
/** Answers that are kept. */
const MAX_ANSWERS = 2_000;

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Judges tokens of Kubernetes. Answers are kept by the digest of the token for a minute, refusals for ten seconds. */
export function createKubernetesTokens(
  { audiences, rules }: KubernetesAccess,
  review: ReviewToken,
  nowMs: () => number,
): (token: string, digest: string) => Promise<Verdict> {
  const answers = new LRUCache<string, { readonly verdict: Verdict; readonly untilMs: number }>({
    max: MAX_ANSWERS,
  });
  const going = new Map<string, Promise<Verdict>>();

  const ask = async (token: string, digest: string): Promise<Verdict> => {
    try {
      const { user, reason = 'it is not known' } = await review(token, audiences);
      const verdict: Verdict =
        user === undefined
          ? { kind: 'refused', method: 'kubernetes', reason: `kubernetes: ${reason}` }
          : {
              ...{ kind: 'accepted', method: 'kubernetes' },
              caller: { id: `kubernetes:${user.name}`, grants: grantsOf(claimsOf(user), rules) },
            };
      answers.set(digest, { verdict, untilMs: nowMs() + (user === undefined ? REFUSED_MS : ACCEPTED_MS) });
      return verdict;
    } catch (error) {
      const reason = `kubernetes: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: 'unavailable', method: 'kubernetes', reason };
    } finally {
      going.delete(digest);
    }
  };
  return (token, digest) => {
    const kept = answers.get(digest);
    if (kept !== undefined && kept.untilMs > nowMs()) return Promise.resolve(kept.verdict);
    const asked = going.get(digest) ?? ask(token, digest);
    going.set(digest, asked);
    return asked;
  };
}

/** What rules are matched with. */
function claimsOf({ name, groups }: { readonly name: string; readonly groups: readonly string[] }): Claims {
  const [, namespace, serviceAccount] = SERVICE_ACCOUNT.exec(name) ?? [];
  return { user: name, groups, ...(namespace === undefined ? {} : { namespace, serviceAccount }) };
}
