import { isObject, type TrafficPluginRequest, validateDocument } from '../../../schemas/index.js';
import type { Timers } from '../../platform/index.js';
import type { HttpClient } from '../../providers/index.js';
import type { AnsweredRequest } from './world.js';

/** What traffic plugins are asked through. */
export interface TrafficPluginsDeps {
  /** Address of each plugin by its name in Rollouts; `/apply` is put after it. */
  readonly urls: ReadonlyMap<string, string>;
  readonly http: Pick<HttpClient, 'request'>;
  readonly timers: Timers;
  /** Time after which one that has not done it yet, or could not be asked, is asked again, ms. */
  readonly retryMs: number;
  /** There is another answer about a Rollout: its traffic is to be looked at. */
  readonly onAnswer: (rollout: TrafficPluginRequest['rollout']) => void;
}

/** The plugins that shift traffic, and their latest answers. */
export interface TrafficPlugins {
  /** The latest answer about the Rollout of this UID. */
  answer(uid: string, plugin: string): AnsweredRequest | undefined;
  /** Asks for all that is wanted, in the place of what was asked before; goes on until it is in effect. Never throws. */
  call(request: TrafficPluginRequest): Promise<void>;
  /** Asks no more about a Rollout that is gone. */
  forget(uid: string): void;
}

/** Time in which a plugin has to answer, ms. */
const TIMEOUT_MS = 10_000;
/** An answer is a few words, bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** What is shown of the message of a plugin, characters. */
const MAX_MESSAGE = 300;

/** One request, until another takes its place. */
interface Asked {
  readonly request: TrafficPluginRequest;
  answer?: AnsweredRequest['answer'];
  cancel?: () => void;
}

/**
 * Asks plugins: `POST <url>/apply` with a TrafficPluginRequest, answered by a TrafficPluginAnswer. Requests end with
 * `signal`.
 */
export function createTrafficPlugins(deps: TrafficPluginsDeps, signal: AbortSignal): TrafficPlugins {
  const asked = new Map<string, Asked>();
  const ask = async (key: string, one: Asked): Promise<void> => {
    const answer = await answerOf(deps, one.request, signal);
    // Another request has taken its place, or the Rollout is gone.
    if (asked.get(key) !== one || signal.aborted) return;
    one.answer = answer;
    if (typeof answer === 'string' || answer.verified === false) {
      one.cancel = deps.timers.set(() => void ask(key, one), deps.retryMs);
    }
    deps.onAnswer(one.request.rollout);
  };
  const drop = (key: string): void => {
    asked.get(key)?.cancel?.();
    asked.delete(key);
  };
  return {
    answer(uid, plugin) {
      const one = asked.get(keyOf(uid, plugin));
      return one?.answer === undefined ? undefined : { request: one.request, answer: one.answer };
    },
    async call(request) {
      const key = keyOf(request.rollout.uid, request.plugin);
      drop(key);
      const one: Asked = { request };
      asked.set(key, one);
      await ask(key, one);
    },
    forget(uid) {
      for (const key of [...asked.keys()].filter((name) => name.startsWith(keyOf(uid, '')))) drop(key);
    },
  };
}

const keyOf = (uid: string, plugin: string): string => `${uid}/${plugin}`;

/** The answer, or why there is none. */
async function answerOf(
  { urls, http }: TrafficPluginsDeps,
  request: TrafficPluginRequest,
  signal: AbortSignal,
): Promise<AnsweredRequest['answer']> {
  const url = urls.get(request.plugin);
  if (url === undefined) return `the controller knows no traffic plugin of the name ${request.plugin}`;
  try {
    const response = await http.request({
      method: 'POST',
      url: `${url.replace(/\/+$/, '')}/apply`,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(request),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      ownAddress: true,
      signal,
    });
    const body = parsed(response.text());
    if (response.status < 200 || response.status > 299) {
      const { message } = isObject(body) ? body : {};
      const status = `it answered ${`${response.status} ${response.statusText}`.trimEnd()}`;
      return typeof message === 'string' && message !== '' ? message.slice(0, MAX_MESSAGE) : status;
    }
    const { errors, value } = validateDocument('TrafficPluginAnswer', body);
    return value ?? `its answer can not be understood: ${errors.map(({ message }) => message).join('; ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The JSON of a body; undefined: it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever looks at it says that it is no object.
    return undefined;
  }
}
