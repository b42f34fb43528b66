import { ConfigError } from '../../platform/index.js';
import { errorText, ProviderError } from '../provider-error.js';
import { ModuleProcess } from './module-process.js';
import type { Plugin } from './plugin.js';

/** Which module a plugin is. */
export interface ModulePluginOptions {
  readonly name: string;
  /** URL of the module, or name of a package. */
  readonly module: string;
  readonly timeoutMs: number;
}

/** A plugin that is an ES module, in a process of its own. When the process ends, the next call starts another. */
export function createModulePlugin({ name, module, timeoutMs }: ModulePluginOptions): Plugin {
  let process: ModuleProcess | undefined;
  const current = (): ModuleProcess => {
    if (process !== undefined) return process;
    const started = new ModuleProcess({
      module,
      timeoutMs,
      onEnd() {
        if (process === started) process = undefined;
      },
    });
    process = started;
    return started;
  };
  return {
    name,
    async start() {
      try {
        await current().ready;
      } catch (error) {
        throw new ConfigError([`the plugin ${JSON.stringify(name)} (${module}): ${errorText(error)}`]);
      }
    },
    async call(call, context) {
      const asked = current();
      try {
        await asked.ready;
      } catch (error) {
        throw new ProviderError('internal', `the plugin could not be started: ${errorText(error)}`);
      }
      return await asked.call(call, context);
    },
    async close() {
      await process?.close();
    },
  };
}
