import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './figures.js';

/** Users of a host. */
export interface Load {
  /** Every answer so far, in the order in which they came. */
  readonly answers: readonly Answer[];
  /** Sends nothing more, and waits for what is still to be answered. */
  stop(): Promise<void>;
}

const TICK_MS = 10;
/** No answer after so long is none. */
const TIMEOUT_MS = 5_000;

/** Sends so many requests a second, however long they take, over connections that are kept. */
export function startLoad(url: string, host: string, perSecond: number): Load {
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  const pending = new Set<Promise<void>>();
  const stopped = new AbortController();
  const sending = (async () => {
    const start = performance.now();
    let sent = 0;
    while (!stopped.signal.aborted) {
      const due = Math.floor(((performance.now() - start) / 1000) * perSecond);
      for (; sent < due; sent += 1) {
        const asked = ask(url, host, agent).then((answer) => void answers.push(answer));
        pending.add(asked);
        void asked.finally(() => pending.delete(asked));
      }
      await delay(TICK_MS);
    }
  })();
  return {
    answers,
    async stop() {
      stopped.abort();
      await sending;
      await Promise.all(pending);
      agent.destroy();
    },
  };
}

function ask(url: string, host: string, agent: Agent): Promise<Answer> {
  const [atMs, start] = [Date.now(), performance.now()];
  return new Promise((resolve) => {
    const finish = (status: number, version?: string): void => {
      resolve({
        atMs,
        tookMs: performance.now() - start,
        status,
        ...(version === undefined ? {} : { version }),
      });
    };
    const request = get(url, { agent, headers: { host }, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.on('error', () => {
        finish(0);
      });
      response.on('end', () => {
        finish(response.statusCode ?? 0, response.headers['x-version']?.toString());
      });
    });
    // Whatever it was, the user had no answer.
    request.on('error', () => {
      finish(0);
    });
    request.on('timeout', () => {
      request.destroy(new Error('no answer'));
    });
  });
}
