import { Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';

/** One request to the service. */
export interface ServiceRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Bearer token. */
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends requests to a server over kept connections, and follows no redirect: a token must not go where a server points. Plain
 * `node:http`, which takes half of what `fetch` does. Rejects with what Node says, or the signal has as its reason.
 */
export function connectionTo(url: string): (request: ServiceRequest) => Promise<IncomingMessage> {
  const isSecure = url.startsWith('https:');
  const agent = isSecure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const begin = isSecure ? secureRequest : plainRequest;
  return ({ method, path, body, token, signal }) =>
    new Promise((resolve, reject) => {
      const asked = begin(`${url}${path}`, {
        ...{ method, agent, signal },
        headers: {
          accept: 'application/json, application/problem+json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });
      asked.on('response', resolve);
      asked.on('error', (error) => {
        reject(signal.aborted && signal.reason instanceof Error ? signal.reason : error);
      });
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

/** All of a body, as text. */
export async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  message.setEncoding('utf8');
  for await (const piece of message as AsyncIterable<string>) text += piece;
  return text;
}
