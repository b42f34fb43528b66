import { nearMiss, type PluginMetric, type PluginOperation } from '../../../schemas/index.js';
import type { MeasureContext, MetricProvider, Reading } from '../provider.js';
import { errorText, ProviderError } from '../provider-error.js';
import { faultText, type Plugin, type PluginCall } from './plugin.js';
import { readPluginAnswer } from './plugin-reading.js';

/** What the reference puts before an error, by operation. */
const PREFIXES: Readonly<Record<PluginOperation, string>> = {
  measure: 'failed to run via plugin: ',
  resume: 'failed to resume via plugin: ',
  terminate: 'failed to terminate via plugin: ',
  garbageCollect: 'failed to garbage collect via plugin: ',
};

/** `provider.plugin`: measurements by the plugins of the configuration. Which one, and with what, the metric says. */
export function createPluginProvider(plugins: ReadonlyMap<string, Plugin>): MetricProvider<PluginMetric> {
  const read = async (spec: PluginMetric, call: Omit<PluginCall, 'config'>, context: MeasureContext) =>
    withPrefix(call.operation, async () =>
      prefixed(call.operation, readPluginAnswer(await ask(plugins, spec, call, context), context.clock)),
    );
  return {
    kind: 'plugin',
    measure: (spec, context) => read(spec, { operation: 'measure' }, context),
    resume: (spec, measurement, context) => read(spec, { operation: 'resume', measurement }, context),
    terminate: (spec, measurement, context) => read(spec, { operation: 'terminate', measurement }, context),
    collectGarbage: (spec, limit, context) =>
      withPrefix('garbageCollect', async () => {
        await ask(plugins, spec, { operation: 'garbageCollect', limit }, context);
      }),
  };
}

/** There is no such plugin: nothing was run, so the prefixes of operations do not fit. */
class NoPluginError extends ProviderError {
  constructor(what: string) {
    super(
      'invalidSpec',
      `failed to create plugin: unable to get metric plugin: unable to start plugin system: ${what}`,
    );
  }
}

async function ask(
  plugins: ReadonlyMap<string, Plugin>,
  spec: PluginMetric,
  call: Omit<PluginCall, 'config'>,
  context: MeasureContext,
): Promise<string> {
  const [entry, another] = Object.entries(spec);
  if (entry === undefined) throw new NoPluginError('no plugin found');
  if (another !== undefined) throw new NoPluginError('a metric has one plugin');
  const [name, config] = entry;
  const plugin = plugins.get(name);
  if (plugin !== undefined) return await plugin.call({ ...call, config: configOf(config) }, context);
  const meant = nearMiss(name, plugins.keys());
  throw new NoPluginError(
    `no plugin is named ${JSON.stringify(name)} in the file of ASSAY_PROVIDERS_FILE${meant === undefined ? '' : `: did you mean ${meant}?`}`,
  );
}

/** A metric may name a plugin without configuring it. */
function configOf(config: unknown): PluginCall['config'] {
  if (config === undefined || config === null) return {};
  if (typeof config === 'object' && !Array.isArray(config)) return { ...config };
  throw new ProviderError('invalidSpec', 'the configuration of a plugin must be an object');
}

async function withPrefix<Result>(operation: PluginOperation, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NoPluginError) throw error;
    const code = error instanceof ProviderError ? error.code : 'internal';
    throw new ProviderError(code, PREFIXES[operation] + errorText(error), { cause: error });
  }
}

/** An Error that the plugin itself gives has the prefix too; its text and metadata are kept. */
function prefixed(operation: PluginOperation, reading: Reading): Reading {
  if (reading.kind !== 'judged' || reading.phase !== 'Error') return reading;
  return { ...reading, message: PREFIXES[operation] + faultText(reading.message ?? '') };
}
