import type { Measurement, PluginOperation } from '../../../schemas/index.js';
import type { MeasureContext } from '../provider.js';

/** What a plugin is asked to do for one metric. */
export interface PluginCall {
  readonly operation: PluginOperation;
  /** Its own configuration, from under `provider.plugin.<name>`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** For `resume` and `terminate`: the measurement. */
  readonly measurement?: Measurement;
  /** For `garbageCollect`: how many of the newest measurements to keep. */
  readonly limit?: number;
}

/** A plugin, wherever it runs. */
export interface Plugin {
  /** As metrics name it. */
  readonly name: string;
  /**
   * Resolves when it can be asked.
   * @throws ConfigError when it can not be used: the service must not start with it.
   */
  start(): Promise<void>;
  /**
   * What it answers, as the text of a JSON document; anything for `garbageCollect`.
   * @throws ProviderError when there is no answer in time, or it says that it could not.
   */
  call(call: PluginCall, context: MeasureContext): Promise<string>;
  close(): Promise<void>;
}

/** Time for one call when the configuration does not say, in ms. */
export const DEFAULT_PLUGIN_TIMEOUT_MS = 30_000;
/** Characters of what a plugin says of its fault: it is kept in the status of the run. */
const MAX_FAULT_LENGTH = 300;

/** What a plugin says of its fault, as much of it as is shown. */
export const faultText = (text: string): string =>
  text.length <= MAX_FAULT_LENGTH ? text : `${text.slice(0, MAX_FAULT_LENGTH)}…`;

/** Largest answer of a plugin, in bytes of JSON; that of servers is the same. */
export const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
