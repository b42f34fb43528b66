import { goDurationMs } from '../condition/index.js';
import { checkWebhookSettings, createWebhooks } from '../delivery/index.js';
import { createMeasureOnce, createMeasuringParts, createMemoryEngine } from '../engine/embedded.js';
import { createLog, createMetrics, loadConfig, systemClock, VERSION } from '../platform/index.js';
import { checkProviderSettings, closePlugins, startPlugins } from '../providers/index.js';
import type { EmbeddedAssay } from './deps.js';

/**
 * A second door of `cli/`: what takes measurements is loaded when a command needs it.
 *
 * Assay for one command: the memory engine and every provider, in this process. Logs what is at least a warning, unless
 * `ASSAY_LOG_LEVEL` says otherwise, to `writeLog`, one line a call.
 * @throws ConfigError when a setting or a plugin can not be used.
 */
export async function openEmbedded(
  env: Readonly<Record<string, string | undefined>>,
  writeLog: (line: string) => void,
): Promise<EmbeddedAssay> {
  const { config, warnings } = loadConfig({
    env,
    // What only a service uses, such as its tokens, is no reason to refuse a command.
    check: (given, nameOf) => [
      ...checkProviderSettings(given, nameOf),
      ...checkWebhookSettings(given, nameOf),
    ],
  });
  const level = (env['ASSAY_LOG_LEVEL'] ?? '') === '' ? 'warn' : config.logLevel;
  const log = createLog({ level, destination: { write: writeLog } });
  for (const warning of warnings) log.warn({ setting: warning }, 'a setting is ignored');
  const clock = systemClock;
  const metrics = createMetrics({ version: VERSION, nodeMetrics: false });
  const parts = createMeasuringParts(config, {
    ...{ env, clock, log },
    loopback: true,
    ownMetricsOnly: true,
  });
  const { measuring, http, secrets, clusters, plugins, closeConnections } = parts;
  await startPlugins(plugins);
  const engine = createMemoryEngine({
    ...{ ...measuring, clock, log, metrics },
    settings: {
      retentionMs: goDurationMs(config.retention),
      concurrency: config.concurrency,
      // The command has what it wanted, and nothing that is still measured outlives it.
      stopGraceMs: 0,
    },
  });
  clusters.wake(engine, log);
  return {
    engine,
    webhooks: createWebhooks(config, { engine, http, secrets, clock, log, metrics }),
    measureOnce: createMeasureOnce(measuring, clock),
    async close() {
      closeConnections();
      await Promise.all([clusters.close(), closePlugins(plugins)]);
    },
  };
}
