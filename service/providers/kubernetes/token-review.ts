import type { KubernetesApi } from './kubernetes-api.js';
import { KubernetesError } from './kubernetes-error.js';

/** What the API server says of a token. */
export interface ReviewedToken {
  /** Undefined: the token is none of its own, or for another audience. */
  readonly user?: { readonly name: string; readonly groups: readonly string[] };
  /** Why not, as far as it is told. */
  readonly reason?: string;
}

/**
 * Asks the API server of Kubernetes whose token it is, for one of the audiences (TokenReview, authentication.k8s.io/v1).
 * Rejects with `KubernetesError` when it can not be asked.
 */
export type ReviewToken = (token: string, audiences: readonly string[]) => Promise<ReviewedToken>;

/** {@link ReviewToken} at a cluster. The service's own account needs `create` on `tokenreviews`. */
export function createTokenReview(api: Pick<KubernetesApi, 'request'>): ReviewToken {
  return async (token, audiences) => {
    const answer = await api.request({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences },
      },
      // It has a time of its own, and nobody else may need the answer.
      signal: new AbortController().signal,
    });
    const status = fieldOf(answer, 'status');
    if (status === undefined)
      throw new KubernetesError('badResponse', 'the Kubernetes API answered a TokenReview without a status');
    if (fieldOf(status, 'authenticated') !== true) {
      const error = fieldOf(status, 'error');
      return typeof error === 'string' && error !== '' ? { reason: error } : {};
    }
    // An API server that knows nothing of audiences answers without them: the token may be for anybody.
    if (!textsOf(fieldOf(status, 'audiences')).some((audience) => audiences.includes(audience)))
      return { reason: 'the token is for another audience' };
    const user = fieldOf(status, 'user');
    const name = fieldOf(user, 'username');
    if (typeof name !== 'string' || name === '') return { reason: 'the token is nobody’s' };
    return { user: { name, groups: textsOf(fieldOf(user, 'groups')) } };
  };
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
