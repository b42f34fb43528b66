import { type ChildProcess, fork } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PLUGIN_INTERFACE_VERSION } from '../../../schemas/index.js';
import { processEnvironment } from '../../platform/environment.js';
import type { MeasureContext } from '../provider.js';
import { errorText, ProviderError, type ProviderErrorCode } from '../provider-error.js';
import { faultText, MAX_ANSWER_BYTES, type PluginCall } from './plugin.js';
import { answerQuestion, isProcessMessage, type ProcessMessage, type Question } from './process-messages.js';

/** How a plugin is to be run. */
export interface ProcessOptions {
  /** URL of the module, or name of a package. */
  readonly module: string;
  /** Time for one call, in ms. */
  readonly timeoutMs: number;
  /** Called once, when the process is over and can not be asked any more. */
  readonly onEnd: () => void;
}

/** Time for a module to load, in ms. */
const LOAD_TIMEOUT_MS = 10_000;
/** A process that does not answer within this time, in ms, is in a loop. */
const PONG_TIMEOUT_MS = 1_000;
/** Memory for the objects of a plugin, and for all of its process, in MiB: a plugin that wants more ends, not the service. */
const MAX_HEAP_MB = 256;
const MAX_MEMORY_MB = 768;

interface Pending {
  readonly context: MeasureContext;
  resolve(json: string): void;
  reject(error: ProviderError): void;
}

/**
 * The outside of a process with a plugin in it. A plugin that throws fails its call. One that hangs loses its call when
 * the time is over; when its process does not answer any more either (an endless loop), the process is ended, and with it
 * the other calls in it. So is one that takes too much memory, and one that ends itself, however it does.
 */
export class ModuleProcess {
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;
  #settleReady: { resolve(): void; reject(error: Error): void } | undefined;
  #lastCall = 0;
  #pong: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#child = fork(fileURLToPath(new URL('./plugin-process.js', import.meta.url)), [], {
      env: environmentOfPlugins(),
      execArgv: [`--max-old-space-size=${MAX_HEAP_MB}`],
      serialization: 'advanced',
      // What a plugin prints is dropped: the command's output is for results, and it may hold secrets.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    const late = setTimeout(() => {
      this.#end(`it was not loaded within ${LOAD_TIMEOUT_MS / 1000} s`);
    }, LOAD_TIMEOUT_MS);
    const loaded = (): void => {
      clearTimeout(late);
    };
    this.#ready.then(loaded, loaded);
    this.#child.on('message', (message: unknown) => {
      if (isProcessMessage(message)) this.#hear(message);
      else this.#end('it sent a message that Assay does not know');
    });
    this.#child.on('error', (error) => {
      this.#end(`its process failed: ${errorText(error)}`);
    });
    this.#gone = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => {
        this.#end(signal === null ? `it ended itself with code ${code ?? 0}` : killedText(signal));
        resolve();
      });
      this.#child.on('error', () => {
        if (this.#child.pid === undefined) resolve();
      });
    });
    this.#child.unref();
    this.#child.channel?.unref();
    this.#post({
      type: 'load',
      options: {
        module: options.module,
        interfaceVersion: PLUGIN_INTERFACE_VERSION,
        maxAnswer: MAX_ANSWER_BYTES,
        maxMemory: MAX_MEMORY_MB * 1024 * 1024,
      },
    });
  }

  /** Rejects when the module can not be used. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** See `Plugin.call`. */
  async call(call: PluginCall, context: MeasureContext): Promise<string> {
    const { timeoutMs } = this.#options;
    const { signal, metricName, run, measurementNumber = 1 } = context;
    if (signal.aborted) throw canceled();
    if (this.#ended) throw new ProviderError('internal', 'the plugin has ended');
    this.#lastCall += 1;
    const id = this.#lastCall;
    return await new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        if (!this.#pending.delete(id)) return;
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        finish();
      };
      const giveUp = (error: ProviderError): void => {
        this.#post({ type: 'abort', id });
        settle(() => {
          reject(error);
        });
        this.#probe();
      };
      const timer = setTimeout(() => {
        giveUp(new ProviderError('timeout', `the plugin gave no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      const stop = (): void => {
        giveUp(canceled());
      };
      // Many calls may share a signal; each takes its listener away again.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', stop, { once: true });
      this.#pending.set(id, {
        context,
        resolve: (json) => {
          settle(() => {
            resolve(json);
          });
        },
        reject: (error) => {
          settle(() => {
            reject(error);
          });
        },
      });
      this.#post({ type: 'call', call: { ...call, id, context: { metricName, run, measurementNumber } } });
    });
  }

  /** Ends the process; calls in it are canceled. */
  async close(): Promise<void> {
    this.#end('it is closed', 'canceled');
    // Nothing else may be left that keeps this process until the end is told.
    this.#child.ref();
    await this.#gone;
  }

  #post(message: object): void {
    // A channel that is closed is told by the end of the process.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hear(message: ProcessMessage): void {
    switch (message.type) {
      case 'ready':
        this.#settleReady?.resolve();
        return;
      case 'refused':
        this.#end(faultText(message.message));
        return;
      case 'crashed':
        this.#end(`it ended: ${faultText(message.message)}`);
        return;
      case 'result':
        this.#take(message.id, message.json);
        return;
      case 'failed':
        this.#pending.get(message.id)?.reject(new ProviderError('badResponse', faultText(message.message)));
        return;
      case 'ask':
        void this.#reply(message);
        return;
      case 'pong':
        clearTimeout(this.#pong);
        this.#pong = undefined;
        return;
    }
  }

  /** The process refuses such an answer too, but what runs in a process does not guard it. */
  #take(id: number, json: string): void {
    const pending = this.#pending.get(id);
    if (Buffer.byteLength(json) <= MAX_ANSWER_BYTES) pending?.resolve(json);
    else pending?.reject(new ProviderError('tooLarge', 'the answer is larger than 10 MiB'));
  }

  async #reply(question: Question): Promise<void> {
    const context = this.#pending.get(question.call)?.context;
    if (context === undefined) return; // The call is over, and nobody waits for this.
    const answer = await answerQuestion(question, context);
    if (!this.#ended) this.#post({ type: 'reply', ask: question.ask, ...answer });
  }

  /** Looks whether the process still runs: a promise that nobody fulfils is its own affair, a loop stops all calls. */
  #probe(): void {
    if (this.#ended || this.#pong !== undefined) return;
    this.#pong = setTimeout(() => {
      this.#end('it did not respond any more and was started anew');
    }, PONG_TIMEOUT_MS);
    this.#post({ type: 'ping' });
  }

  #end(why: string, code: ProviderErrorCode = 'internal'): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#pong);
    this.#settleReady?.reject(new Error(why));
    for (const pending of [...this.#pending.values()]) {
      pending.reject(new ProviderError(code, `the plugin gave no answer: ${why}`));
    }
    this.#options.onEnd();
    this.#child.kill('SIGKILL');
  }
}

/** A plugin needs its own variables, and none of Assay's, some of which are secrets. */
function environmentOfPlugins(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(processEnvironment()).filter(([name]) => !name.startsWith('ASSAY_')),
  );
}

function killedText(signal: NodeJS.Signals): string {
  const reasons: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
    SIGABRT: `, as when its objects take more than ${MAX_HEAP_MB} MiB`,
    SIGKILL: `, as when its process takes more than ${MAX_MEMORY_MB} MiB`,
  };
  return `it was ended by ${signal}${reasons[signal] ?? ''}`;
}

const canceled = (): ProviderError => new ProviderError('canceled', 'the measurement was canceled');
