import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearMiss, type PluginConfig } from '../../../schemas/index.js';
import { pluginFault } from '../../analysis/index.js';
import { goDurationMs } from '../../condition/index.js';
import { ConfigError, LONGEST_TIMER_MS } from '../../platform/index.js';
import { readProviderFile } from '../named/provider-file.js';
import type { NamedServers } from '../named/read-servers.js';
import { serverReference } from '../named/server-name.js';
import { errorText, ProviderError } from '../provider-error.js';
import { createHttpPlugin } from './http-plugin.js';
import { createModulePlugin } from './module-plugin.js';
import { DEFAULT_PLUGIN_TIMEOUT_MS, type Plugin } from './plugin.js';

/** Configured plugins by name. */
export type Plugins = ReadonlyMap<string, Plugin>;

/**
 * The plugins of the file that `ASSAY_PROVIDERS_FILE` names. None of them runs yet.
 * @throws ConfigError with every fault and its path.
 */
export function readPlugins(path: string, servers: NamedServers): Plugins {
  const plugins = new Map<string, Plugin>();
  const problems: string[] = [];
  for (const [index, config] of (readProviderFile(path).plugins ?? []).entries()) {
    const at = `${path}: plugins[${index}]`;
    try {
      if (plugins.has(config.name)) throw new Error(`${JSON.stringify(config.name)} is used twice`);
      plugins.set(config.name, withinNamespaces(open(config, path, servers), config));
    } catch (error) {
      problems.push(`${at}: ${errorText(error)}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return plugins;
}

/**
 * Starts all plugins at once.
 * @throws ConfigError with what is wrong with each that can not be used; then none runs.
 */
export async function startPlugins(plugins: Plugins): Promise<void> {
  const started = await Promise.allSettled([...plugins.values()].map((plugin) => plugin.start()));
  const faults = started.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  if (faults.length === 0) return;
  await closePlugins(plugins);
  throw new ConfigError(
    faults.flatMap((fault) => (fault instanceof ConfigError ? fault.problems : [errorText(fault)])),
  );
}

/** Ends all plugins. */
export async function closePlugins(plugins: Plugins): Promise<void> {
  await Promise.all([...plugins.values()].map((plugin) => plugin.close()));
}

function open({ name, module, url, timeout }: PluginConfig, path: string, servers: NamedServers): Plugin {
  // A timer that is set to more would be over at once.
  const timeoutMs =
    timeout === undefined ? DEFAULT_PLUGIN_TIMEOUT_MS : Math.min(goDurationMs(timeout), LONGEST_TIMER_MS);
  if (timeoutMs <= 0) throw new Error('timeout must be more than zero');
  if (module !== undefined && url === undefined) {
    return createModulePlugin({ name, module: moduleUrl(module, path), timeoutMs });
  }
  if (url !== undefined && module === undefined) {
    checkServer(url, servers);
    return createHttpPlugin({ name, url, timeoutMs });
  }
  throw new Error('must have exactly one of module and url');
}

/** The plugin, for runs of the namespaces that its configuration lists. */
function withinNamespaces(plugin: Plugin, config: PluginConfig): Plugin {
  if (config.namespaces === undefined) return plugin;
  return {
    ...plugin,
    async call(call, context) {
      const fault = pluginFault(config.name, [config], context.run.namespace);
      if (fault !== undefined) throw new ProviderError('invalidSpec', fault);
      return plugin.call(call, context);
    },
  };
}

/** A path stands beside the file that names it, as its author expects; anything else is a package. */
const moduleUrl = (module: string, path: string): string =>
  /^(?:\.{0,2}\/)/.test(module) ? pathToFileURL(resolve(dirname(path), module)).href : module;

function checkServer(url: string, servers: NamedServers): void {
  const reference = serverReference(url);
  if (reference === undefined || servers.has(reference.name)) return;
  const meant = nearMiss(reference.name, servers.keys());
  throw new Error(
    `url: no provider is named ${JSON.stringify(reference.name)}${meant === undefined ? '' : `: did you mean provider://${meant}?`}`,
  );
}
