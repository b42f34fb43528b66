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

/** A Rollout that plugins are asked about. */
type Asking = TrafficPluginRequest['rollout'];

/** The plugins that shift traffic, and their latest answers. */
export interface TrafficPlugins {
  /** What a plugin was asked last about the Rollout, and its answer. */
  answer(rollout: Asking, plugin: string): AnsweredRequest | undefined;
  /**
   * Asks for all that is wanted, in the place of what was asked before, and goes on until it is in effect. One request at a
   * time for each plugin and Rollout: an older one must not take effect after a newer one.
   */
  call(request: TrafficPluginRequest): void;
  /** Asks no more about a Rollout that is gone. */
  forget(rollout: Pick<Asking, 'namespace' | 'name'>): void;
}

/** Time in which a plugin has to answer, ms. */
const TIMEOUT_MS = 10_000;
/** An answer is a few words, bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** What is shown of the message of a plugin, characters. */
const MAX_MESSAGE = 300;

/** What a plugin is asked about a Rollout. */
interface Asked {
  request: TrafficPluginRequest;
  answer?: AnsweredRequest['answer'];
  /** A request is under way. */
  isBusy: boolean;
  /** Ends the waiting for the next time. */
  cancel?: () => void;
}

/**
 * Asks plugins: `POST <url>/apply` with a TrafficPluginRequest, answered by a TrafficPluginAnswer. Requests end with
 * `signal`.
 */
export function createTrafficPlugins(deps: TrafficPluginsDeps, signal: AbortSignal): TrafficPlugins {
  const asked = new Map<string, Asked>();
  const ask = async (key: string, one: Asked): Promise<void> => {
    one.isBusy = true;
    let { request } = one;
    let answer = await answerOf(deps, request, signal);
    while (one.request !== request) {
      // Something else is wanted by now.
      request = one.request;
      answer = await answerOf(deps, request, signal);
    }
    one.isBusy = false;
    if (asked.get(key) !== one || signal.aborted) return;
    one.answer = answer;
    if (typeof answer === 'string' || answer.verified === false)
      one.cancel = deps.timers.set(() => void ask(key, one), deps.retryMs);
    deps.onAnswer(request.rollout);
  };
  return {
    answer(rollout, plugin) {
      const one = asked.get(keyOf(rollout, plugin));
      if (one?.request.rollout.uid !== rollout.uid) return undefined;
      return { request: one.request, ...(one.answer === undefined ? {} : { answer: one.answer }) };
    },
    call(request) {
      const key = keyOf(request.rollout, request.plugin);
      const one = asked.get(key) ?? { request, isBusy: false };
      asked.set(key, one);
      one.cancel?.();
      one.request = request;
      delete one.answer;
      if (!one.isBusy) void ask(key, one);
    },
    forget(rollout) {
      for (const [key, one] of asked) {
        if (!key.startsWith(keyOf(rollout, ''))) continue;
        one.cancel?.();
        asked.delete(key);
      }
    },
  };
}

const keyOf = ({ namespace, name }: Pick<Asking, 'namespace' | 'name'>, plugin: string): string =>
  `${namespace}/${name}/${plugin}`;

/** The answer, or why there is none. */
async function answerOf(
  { urls, http }: TrafficPluginsDeps,
  request: TrafficPluginRequest,
  signal: AbortSignal,
): Promise<NonNullable<AnsweredRequest['answer']>> {
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
