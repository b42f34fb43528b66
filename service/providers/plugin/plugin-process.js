// @ts-check
/**
 * The inside of the process that a module plugin runs in; `module-process.ts` is the outside. Plain JavaScript that
 * imports nothing of ours, because a process loads its file as it is, from sources and when built.
 *
 * In: `load` once, then `call`, `abort`, `reply`, `ping`. Out: `ready` or `refused` once, then `result` or `failed` for each
 * call, `ask` for what a call needs of the outside, `pong`, and `crashed` before it ends by what nobody caught.
 */
import { Worker } from 'node:worker_threads';

/**
 * @typedef {{ id: number, operation: string, config: unknown, measurement?: unknown, limit?: number, context: object }} Call
 * @typedef {{ resolve: (value: any) => void, reject: (error: Error) => void }} Waiting
 */

if (process.send === undefined) throw new Error('this file is the inside of a process of its own');
/** Texts of faults are cut outside; more of them is not sent. */
const MAX_TEXT = 1_000;
/** How often memory and parent are looked at, ms. */
const WATCH_MS = 250;

/** @type {{ module: string, interfaceVersion: number, maxAnswer: number, maxMemory: number }} */
let options;
/** @type {Map<number, AbortController>} */
const running = new Map();
/** @type {Map<number, Waiting>} */
const asked = new Map();
let lastAsk = 0;

const textOf = (/** @type {unknown} */ error) =>
  (error instanceof Error ? error.message : String(error)).slice(0, MAX_TEXT);

/** Resolves when it is handed over. A parent that is gone is noticed by `disconnect`. */
function send(/** @type {object} */ message) {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));
}

/**
 * Ends the process when it takes more memory than it may, buffers included, and when its parent is gone. From a thread,
 * because the plugin may be in a loop.
 */
function watch() {
  const source = `
    const { ppid } = process;
    setInterval(() => {
      if (process.ppid !== ppid || process.memoryUsage.rss() > ${options.maxMemory}) process.kill(process.pid, 'SIGKILL');
    }, ${WATCH_MS});
  `;
  new Worker(source, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 16 } }).unref();
}

/** Loads the module and looks at what it exports. */
async function load() {
  const { interfaceVersion, provider } = await import(options.module);
  if (interfaceVersion !== options.interfaceVersion) {
    throw new Error(
      `it must export interfaceVersion = ${options.interfaceVersion}, and has ${JSON.stringify(interfaceVersion) ?? 'none'}`,
    );
  }
  if (typeof provider?.measure !== 'function') {
    throw new Error('it must export provider, an object with a function measure');
  }
  for (const name of ['resume', 'terminate', 'collectGarbage', 'describe']) {
    if (!['undefined', 'function'].includes(typeof provider[name])) {
      throw new Error(`${name} of its provider must be a function`);
    }
  }
  return provider;
}

/** Asks the outside for something that a call may use. */
function ask(/** @type {number} */ call, /** @type {object} */ question) {
  return new Promise((resolve, reject) => {
    lastAsk += 1;
    asked.set(lastAsk, { resolve, reject });
    void send({ type: 'ask', call, ask: lastAsk, ...question });
  });
}

/** What a plugin is handed: what built-in providers have, as far as it goes through a channel. */
function contextOf(/** @type {Call} */ { id, context }, /** @type {AbortSignal} */ signal) {
  return {
    ...context,
    signal,
    clock: { nowMs: () => Date.now() },
    http: {
      async request(/** @type {any} */ { method, url, headers, body, timeoutMs, maxBytes }) {
        const request = { method, url, headers, body, timeoutMs, maxBytes };
        const response = await ask(id, { what: 'http', request });
        return { ...response, text: () => new TextDecoder().decode(response.body) };
      },
    },
    secrets: {
      read: (/** @type {string} */ namespace, /** @type {string} */ name, /** @type {string} */ key) =>
        ask(id, { what: 'secret', namespace, name, key }),
    },
  };
}

/** JSON of an answer. What JSON can not say is refused: NaN would become null, and null may pass. */
function encode(/** @type {unknown} */ answer) {
  const json = JSON.stringify(answer, (_key, value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is no JSON number`);
    if (typeof value === 'bigint') throw new Error('a bigint is no JSON number');
    return value;
  });
  if (json === undefined) throw new Error('the plugin gave no answer');
  if (json.length > options.maxAnswer) throw new Error('the answer is larger than 10 MiB');
  return json;
}

/** What becomes of a measurement that its plugin can not stop: it is given up, and what it began goes on. */
function leftAlone(/** @type {any} */ measurement) {
  const message = 'given up: the plugin has no function terminate';
  return { kind: 'judged', phase: 'Inconclusive', message, metadata: measurement?.metadata };
}

/** What the plugin says of the metric itself, or why it can not: that costs no measurement. */
async function describe(/** @type {any} */ provider, /** @type {unknown} */ config) {
  try {
    return await provider.describe(config);
  } catch (error) {
    return { error: textOf(error) };
  }
}

/** A measurement, with what the plugin says of the metric. */
async function measure(
  /** @type {any} */ provider,
  /** @type {unknown} */ config,
  /** @type {object} */ context,
) {
  const answer = await provider.measure(config, context);
  if (provider.describe === undefined || typeof answer !== 'object' || answer === null) return answer;
  return { ...answer, metricMetadata: await describe(provider, config) };
}

async function run(/** @type {any} */ provider, /** @type {Call} */ call) {
  const { operation, config, measurement, limit } = call;
  const abort = new AbortController();
  running.set(call.id, abort);
  const context = contextOf(call, abort.signal);
  try {
    if (operation === 'measure') return encode(await measure(provider, config, context));
    if (operation === 'garbageCollect') {
      await provider.collectGarbage?.(config, limit, context);
      return 'null';
    }
    const again = provider[operation];
    if (again === undefined && operation === 'terminate') return encode(leftAlone(measurement));
    if (again === undefined) throw new Error(`it has no function ${operation}`);
    return encode(await again.call(provider, config, measurement, context));
  } finally {
    running.delete(call.id);
  }
}

/** Answers the messages of the outside. */
function serve(/** @type {any} */ provider) {
  process.on('message', (/** @type {any} */ message) => {
    switch (message.type) {
      case 'call':
        run(provider, message.call).then(
          (json) => send({ type: 'result', id: message.call.id, json }),
          (error) => send({ type: 'failed', id: message.call.id, message: textOf(error) }),
        );
        break;
      case 'abort':
        running.get(message.id)?.abort();
        break;
      case 'reply': {
        const waiting = asked.get(message.ask);
        asked.delete(message.ask);
        if ('error' in message) waiting?.reject(new Error(message.error));
        else waiting?.resolve(message.value);
        break;
      }
      case 'ping':
        void send({ type: 'pong' });
        break;
    }
  });
}

process.on('disconnect', () => process.exit());
// Of rejections that nobody handles as well.
process.on('uncaughtException', async (error) => {
  await send({ type: 'crashed', message: textOf(error) });
  process.exit(1);
});
process.once('message', async (/** @type {any} */ message) => {
  options = message.options;
  watch();
  try {
    serve(await load());
    await send({ type: 'ready' });
  } catch (error) {
    await send({ type: 'refused', message: textOf(error) });
  }
});
