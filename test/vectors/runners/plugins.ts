import type { AnalysisRun, Measurement, Metric } from '../../../schemas/index.js';
import { observeEngine } from '../../../service/engine/index.js';
import { createLog } from '../../../service/platform/index.js';
import {
  builtInProviders,
  collectGarbage,
  createRegistry,
  type Plugin,
  type PluginCall,
  type ProviderRegistry,
  takeMeasurement,
} from '../../../service/providers/index.js';
import { contextWith, NOW_MS, openClient } from '../../providers/measure.js';
import { isRecord, judge, recordOf, textOf } from '../judge.js';
import type { CaseResult, VectorFile, VectorRunner } from '../runner.js';

/**
 * providers/plugin.json: what a plugin saw of a metric, and what became of what it returned. The reference's wire (RPC
 * with a child process) is not ours; the plugin here stands for either of ours.
 */
export const runner: VectorRunner = { file: /^providers\/plugin\.json$/, run };

type Fields = Readonly<Record<string, unknown>>;

async function run({ json }: VectorFile): Promise<readonly CaseResult[]> {
  if (!isRecord(json) || !Array.isArray(json['vectors']))
    throw new TypeError('a provider file has a list of vectors');
  const results: CaseResult[] = [];
  for (const vector of json['vectors'] as readonly unknown[]) {
    if (!isRecord(vector)) throw new TypeError('a vector must be an object');
    results.push(await runVector({ ...vector, id: textOf(vector, 'id'), group: 'plugin' }));
  }
  return results;
}

async function runVector(
  item: Fields & { readonly id: string; readonly group: string },
): Promise<CaseResult> {
  const saw: unknown[] = [];
  const registry = createRegistry(builtInProviders({ plugins: new Map([[NAME, scripted(item, saw)]]) }));
  const { expect } = item;
  const op = typeof item['op'] === 'string' ? item['op'] : 'run';
  const pluginSaw = item['pluginSaw'];
  switch (op) {
    case 'gc':
      return judge(
        item,
        { ...recordOf(item, 'expect'), pluginSaw },
        { ...(await collect(item, registry)), pluginSaw: saw },
      );
    case 'getMetadata':
      return judge(item, { metadata: expect }, { metadata: await metadataOf(registry) });
    case 'type':
      return judge({ ...item, configuredAs: NAME }, { type: expect }, { type: await typeOfPlugin() });
    case 'run':
    case 'resume':
    case 'terminate': {
      const wanted = atTheController(measurementOf(recordOf(item, 'expect')));
      const got = await take(op, item, registry);
      return judge(
        item,
        { ...wanted, pluginSaw },
        { ...got, pluginSaw: pluginSaw === undefined ? undefined : saw },
      );
    }
    default:
      throw new TypeError(`${op} is no operation of plugins`);
  }
}

/** As the plugin is configured. */
const NAME = 'p';
const METRIC: Metric = { name: 'm', provider: { plugin: { [NAME]: {} } } };

/** What the metrics of the service call the provider of a metric with a plugin. */
async function typeOfPlugin(): Promise<unknown> {
  const run: AnalysisRun = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: 'run', namespace: 'app' },
    spec: { metrics: [METRIC] },
    status: { phase: 'Running', metricResults: [{ name: METRIC.name, phase: 'Running' }] },
  };
  const observed = observeEngine(
    {
      list: () => Promise.resolve({ items: [run] }),
      runsByPhase: () => Promise.resolve({}),
      queueDepth: () => Promise.resolve({ waiting: 0, delayed: 0, active: 0, overdue: 0 }),
      pendingDeliveries: () => Promise.resolve(0),
      archiveBacklog: () => Promise.resolve(undefined),
      health: () => Promise.reject(new Error('not asked')),
    },
    1,
    createLog({ level: 'silent' }),
  );
  for (const { metrics } of await observed.runs()) return metrics[0]?.type;
  return undefined;
}

/** What the plugin says of the metric with a measurement. */
async function metadataOf(registry: ProviderRegistry): Promise<unknown> {
  let told: unknown;
  const http = openClient();
  try {
    await takeMeasurement({
      metric: METRIC,
      registry,
      context: contextWith(http),
      op: 'measure',
      onMetricMetadata: (metadata) => {
        told = metadata;
      },
    });
    return told;
  } finally {
    http.close();
  }
}

/** A plugin that returns what the case says, and writes down what it saw. */
function scripted({ op, pluginReturns }: Fields, saw: unknown[]): Plugin {
  return {
    name: NAME,
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    call(call, { run: { name }, metricName }) {
      saw.push(name, metricName, seen(call));
      if (!isRecord(pluginReturns)) return Promise.reject(new TypeError('the case returns nothing'));
      if (op === 'getMetadata') {
        const metricMetadata = pluginReturns;
        return Promise.resolve(JSON.stringify({ kind: 'judged', phase: 'Successful', metricMetadata }));
      }
      const error = pluginReturns['errorString'];
      if (typeof error === 'string' && error !== '') return Promise.reject(new Error(error));
      return Promise.resolve(JSON.stringify(readingOf(pluginReturns)));
    },
  };
}

const seen = ({ operation, config, measurement, limit }: PluginCall): unknown =>
  operation === 'measure'
    ? JSON.stringify(config)
    : operation === 'garbageCollect'
      ? limit
      : (measurement?.metadata ?? null);

/** A measurement of the reference in the words of our protocol. */
function readingOf({ phase, value, message, metadata, resumeAt }: Fields): Fields {
  const told = { text: value, message, metadata };
  return phase === 'Running'
    ? {
        kind: 'running',
        ...(typeof resumeAt === 'string' ? { resumeAtMs: Date.parse(resumeAt) } : {}),
        ...told,
      }
    : { kind: 'judged', phase, ...told };
}

async function take(
  op: 'run' | 'resume' | 'terminate',
  item: Fields,
  registry: ProviderRegistry,
): Promise<Fields> {
  const third: unknown = Array.isArray(item['pluginSaw']) ? item['pluginSaw'][2] : undefined;
  const config: unknown = op === 'run' && typeof third === 'string' ? JSON.parse(third) : {};
  const previous: Measurement = {
    phase: 'Running',
    ...(op !== 'run' && isRecord(third) ? { metadata: textsOf(third) } : {}),
  };
  const given = isRecord(item['metric'])
    ? recordOf(item['metric'], 'provider')
    : { plugin: { [NAME]: config } };
  const http = openClient();
  try {
    const measurement = await takeMeasurement({
      metric: { name: 'm', provider: given },
      registry,
      context: contextWith(http),
      op: op === 'run' ? 'measure' : op,
      ...(op === 'run' ? {} : { previous }),
    });
    return measurementOf({ ...measurement, finished: measurement.finishedAt !== undefined });
  } finally {
    http.close();
  }
}

async function collect({ pluginSaw }: Fields, registry: ProviderRegistry): Promise<Fields> {
  const limit = Array.isArray(pluginSaw) ? Number(pluginSaw[2]) : 0;
  const http = openClient();
  try {
    await collectGarbage(METRIC, registry, limit, contextWith(http));
    return { error: null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  } finally {
    http.close();
  }
}

const COMPLETED: readonly unknown[] = ['Successful', 'Failed', 'Inconclusive', 'Error'];

/** The reference's controller dates the end of a measurement that is over and whose plugin did not, as ours does. */
const atTheController = (measurement: Fields): Fields => ({
  ...measurement,
  finished: measurement['finished'] === true || COMPLETED.includes(measurement['phase']),
});

/** What is compared of a measurement, or of a provider that could not be built: an Error that is over. */
function measurementOf({
  newProviderError,
  phase,
  value,
  message,
  metadata,
  finished,
  resumeAt,
}: Fields): Fields {
  if (newProviderError !== undefined)
    return { ...measurementOf({ phase: 'Error', message: newProviderError, finished: true }) };
  return {
    phase,
    value,
    message,
    metadata: metadata ?? {},
    finished,
    resumeAtMs: typeof resumeAt === 'string' ? Date.parse(resumeAt) - NOW_MS : undefined,
  };
}

const textsOf = (fields: Fields): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, String(text)]));
