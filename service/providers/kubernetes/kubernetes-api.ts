import type { RequestOptions } from 'node:https';

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path, its parts percent-encoded, e.g. `/apis/batch/v1/namespaces/app/jobs`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; of a PATCH: a JSON merge patch (RFC 7396), or as an array a JSON patch (RFC 6902). */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/**
 * The API server of a cluster, as JSON in and JSON out: objects are passed on as they are, so that a field of a newer
 * Kubernetes is not lost. Every method rejects with `KubernetesError`.
 */
export interface KubernetesApi {
  /** The answer of a request, once all of it is there. */
  request(request: ApiRequest): Promise<unknown>;
  /** The lines of an answer that goes on, one JSON each, until the server ends it or is silent for too long. */
  lines(request: ApiRequest): AsyncIterable<unknown>;
  /** Closes kept connections. */
  close(): void;
}

/** Where a cluster is, and how its API server is told who asks. */
export interface ClusterAccess {
  /** Without a slash at its end. */
  readonly server: string;
  /** The connection is no plain one: `options` bring an agent for it. */
  readonly isProxied: boolean;
  /** Adds credentials and certificates to a request. Rejects when they can not be had. */
  readonly authorize: (options: RequestOptions) => Promise<void>;
}
