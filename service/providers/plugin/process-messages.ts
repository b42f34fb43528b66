import type { HttpRequest, HttpResponse } from '../http/http.js';
import type { MeasureContext } from '../provider.js';
import { errorText } from '../provider-error.js';

/** A request as the plugin gave it. It is JavaScript: nothing has checked what stands where. */
type PluginHttpRequest = { readonly [Field in keyof HttpRequest]?: unknown };

/** Something that a call in the process needs of the outside. */
export type Question = { readonly type: 'ask'; readonly call: number; readonly ask: number } & (
  | { readonly what: 'http'; readonly request: PluginHttpRequest }
  | { readonly what: 'secret'; readonly namespace: unknown; readonly name: unknown; readonly key: unknown }
);

/** What comes out of the process: `plugin-process.js` writes these. */
export type ProcessMessage =
  | Question
  | { readonly type: 'ready' }
  | { readonly type: 'pong' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'crashed'; readonly message: string }
  | { readonly type: 'result'; readonly id: number; readonly json: string }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

/** Whether it is a message of `plugin-process.js`: a plugin can write to the same channel, and anything at all. */
export function isProcessMessage(message: unknown): message is ProcessMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  const has = (name: string, type: 'number' | 'string'): boolean =>
    typeof Object.getOwnPropertyDescriptor(message, name)?.value === type;
  switch (message.type) {
    case 'ready':
    case 'pong':
      return true;
    case 'refused':
    case 'crashed':
      return has('message', 'string');
    case 'result':
      return has('id', 'number') && has('json', 'string');
    case 'failed':
      return has('id', 'number') && has('message', 'string');
    case 'ask':
      return (
        has('call', 'number') &&
        has('ask', 'number') &&
        'what' in message &&
        (message.what === 'http' || message.what === 'secret')
      );
    default:
      return false;
  }
}

/** The answer to a {@link Question}. */
export type Answer = { readonly value: string | Omit<HttpResponse, 'text'> } | { readonly error: string };

/**
 * Gives a plugin what it asks for: requests go through the client of the measurement, with its rules, and a secret that
 * was read is hidden in what the measurement shows. Never rejects.
 */
export async function answerQuestion(question: Question, context: MeasureContext): Promise<Answer> {
  try {
    if (question.what === 'secret') {
      const { namespace, name, key } = question;
      if (typeof namespace !== 'string' || typeof name !== 'string' || typeof key !== 'string') {
        throw new TypeError('a secret needs a namespace, a name and a key');
      }
      const value = await context.secrets.read(namespace, name, key);
      context.hide?.(value);
      return { value };
    }
    const { status, statusText, headers, body } = await context.http.request(
      requestOf(question.request, context),
    );
    return { value: { status, statusText, headers: { ...headers }, body } };
  } catch (error) {
    return { error: errorText(error) };
  }
}

function requestOf(
  { method = 'GET', url, headers, body, timeoutMs, maxBytes }: PluginHttpRequest,
  { signal }: MeasureContext,
): HttpRequest {
  if (typeof url !== 'string') throw new TypeError('a request needs a url');
  if (typeof method !== 'string') throw new TypeError('the method of a request must be a string');
  const isBody = typeof body === 'string' || body instanceof Uint8Array;
  if (body !== undefined && !isBody) throw new TypeError('the body of a request must be a string or bytes');
  return {
    method,
    url,
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, value]: [string, unknown]) => [name, String(value)]),
    ),
    ...(isBody ? { body } : {}),
    ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}),
    ...(typeof maxBytes === 'number' ? { maxBytes } : {}),
    signal,
  };
}
