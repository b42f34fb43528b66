import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { checkApiSettings, createApi, createProbes, listen, openAccess, openTemplates } from './api/index.js';
import { openArchive } from './archive/index.js';
import type { ServeFlags, ServingAssay } from './cli/index.js';
import { goDurationMs } from './condition/index.js';
import { checkWebhookSettings, createWebhooks } from './delivery/index.js';
import {
  checkEngineSettings,
  createMeasureOnce,
  createMeasuringParts,
  createMemoryEngine,
  createRedisEngine,
  observeEngine,
  type RedisSettings,
  tracedMeasure,
} from './engine/index.js';
import {
  CleanupStack,
  type Config,
  createLog,
  createMetrics,
  isLoopback,
  listenHost,
  type Log,
  loadConfig,
  noTracing,
  openTracing,
  readCaFile,
  type Secret,
  SharedClock,
  shutdownTimes,
  systemClock,
  systemTimers,
  VERSION,
} from './platform/index.js';
import { checkProviderSettings, closePlugins, startPlugins } from './providers/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The service: an engine over Redis or in this process, and the API in front of it. Logs to standard output.
 * @throws ConfigError when a setting can not be used, or asks for what this version does not have.
 */
export async function openServer(env: Environment, flags: ServeFlags): Promise<ServingAssay> {
  const { config, warnings } = loadConfig({
    ...{ env, flags },
    check: (given, nameOf) =>
      [checkApiSettings, checkEngineSettings, checkProviderSettings, checkWebhookSettings].flatMap((check) =>
        check(given, nameOf),
      ),
  });
  const log = createLog({ level: config.logLevel });
  for (const warning of warnings) log.warn({ setting: warning }, 'a setting is ignored');
  // Processes that share runs share a time as well.
  const clock = config.redisUrl === undefined ? systemClock : new SharedClock();
  const metrics = createMetrics({ version: VERSION });
  const times = shutdownTimes(goDurationMs(config.shutdownGrace));
  const cleanup = new CleanupStack({ totalTimeoutMs: times.totalMs, stepTimeoutMs: times.totalMs });
  const close = (): Promise<void> =>
    cleanup.drain((step, error) => {
      log.error({ step, err: error }, 'a step of the shutdown failed');
    });
  try {
    // Loopback may be measured as long as nobody else can ask for it.
    const parts = createMeasuringParts(config, {
      ...{ env, clock, log },
      loopback: config.tokensFile === undefined,
      ownMetricsOnly: false,
    });
    const { measuring, http, secrets, clusters, plugins, names, closeConnections } = parts;
    cleanup.defer('clusters', () => clusters.close());
    cleanup.defer('plugins', () => closePlugins(plugins));
    cleanup.defer('connections', closeConnections);
    const tracing = await openTracing(env, VERSION, log);
    cleanup.defer('traces', () => tracing.close());
    const work = config.role.includes('worker');
    const settings = {
      retentionMs: goDurationMs(config.retention),
      concurrency: config.concurrency,
      stopGraceMs: times.measurementsMs,
      stopWithinMs: times.engineMs,
      work,
      ...(config.maxRunsPerNamespace === undefined
        ? {}
        : { maxRunsPerNamespace: config.maxRunsPerNamespace }),
    };
    const measure = tracing === noTracing ? measuring.measure : tracedMeasure(measuring.measure, tracing);
    const archive = openArchive(config, { env, clock, log });
    cleanup.defer('archive', async () => archive?.close());
    const engineDeps = {
      ...{ ...measuring, measure, clock, log, metrics, settings },
      ...(archive === undefined ? {} : { archive }),
    };
    const engine =
      config.redisUrl === undefined
        ? createMemoryEngine(engineDeps)
        : createRedisEngine(engineDeps, redisSettings(config, config.redisUrl));
    clusters.wake(engine, log);
    const webhooks = createWebhooks(config, {
      ...{ engine, http, secrets, clock, log, metrics, tracing },
      secretsOfCluster: (cluster) => clusters.secretsOfCluster(cluster),
    });
    cleanup.defer('engine', () => engine.stop());
    metrics.observe(observeEngine(engine, metrics.maxObservedRuns, log));
    await startPlugins(plugins);
    await engine.start();
    if (work) webhooks.start();
    const templates = await openTemplates(config, { env, timers: systemTimers, log });
    cleanup.defer('templates', () => templates.close());
    const { maxStartsPerSecond } = config;
    const { reviewToken } = clusters;
    const access = await openAccess(config, {
      ...{ http, clock, timers: systemTimers, log, metrics },
      ...(reviewToken === undefined ? {} : { reviewToken }),
    });
    cleanup.defer('access', () => {
      access.close();
    });
    const hosts = ownHosts(config);
    const stopping = new AbortController();
    // Each request that waits listens; Node would take more than ten for a leak.
    setMaxListeners(0, stopping.signal);
    const surface = {
      ...access.surface,
      limits: {
        maxOverdue: config.maxOverdue,
        ...(maxStartsPerSecond === undefined ? {} : { maxStartsPerSecond }),
      },
      engine,
      metrics,
      log,
      stopping: stopping.signal,
      tracing,
      ...(hosts === undefined ? {} : { hosts }),
    };
    const server = createServer(
      config.role.includes('api')
        ? createApi({
            ...surface,
            names,
            covers: coversOf(config),
            measureOnce: createMeasureOnce(measuring, clock),
            templates,
          })
        : createProbes(surface),
    );
    const url = await listen(
      server,
      { port: config.port, host: listenHost(config), graceMs: times.requestsMs },
      cleanup,
    );
    // Before the server is closed: not ready any more, and whoever waits is answered.
    cleanup.defer('readiness', () => {
      stopping.abort();
    });
    log.info({ url, version: VERSION, role: config.role }, 'listening');
    let ended: Promise<void> | undefined;
    return {
      url,
      close: () => (ended ??= toldEnd(close, log)),
      lastResort: {
        afterMs: times.lastResortMs,
        tell() {
          log.error('the process did not end in its time, and is ended by force');
        },
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ends the service, and says so: a log that stops without it is that of a process that was killed. */
async function toldEnd(close: () => Promise<void>, log: Log): Promise<void> {
  log.info('ending: nothing new is begun, and what is being measured is finished');
  const beganMs = performance.now();
  await close();
  log.info({ tookMs: Math.round(performance.now() - beganMs) }, 'ended');
}

function redisSettings(config: Config, url: Secret): RedisSettings {
  const { queueShards, redisCaFile, redisSentinelUsername, redisSentinelPassword } = config;
  return {
    ...{ url, shards: queueShards },
    ...(redisCaFile === undefined ? {} : { ca: readCaFile(redisCaFile, 'ASSAY_REDIS_CA_FILE') }),
    ...(redisSentinelPassword === undefined
      ? {}
      : {
          sentinel: {
            password: redisSentinelPassword,
            ...(redisSentinelUsername === undefined ? {} : { username: redisSentinelUsername }),
          },
        }),
  };
}

/** The names under which a service is asked that only this machine can reach and that authenticates nobody. */
function ownHosts(config: Config): readonly string[] | undefined {
  const host = listenHost(config);
  if (config.tokensFile !== undefined || host === undefined || !isLoopback(host)) return undefined;
  return [...new Set(['localhost', '127.0.0.1', '[::1]', host])];
}

/** What a list of runs says of itself: whoever misses a run learns where it is. */
function coversOf({ retention, archiveDir, archiveBucket }: Config): string {
  const recent = `runs that go on or have ended within ${retention}, or as long as their ttlStrategy says`;
  const isArchived = archiveDir !== undefined || archiveBucket !== undefined;
  return isArchived ? `${recent}; those of before are found in the archive, by their id only` : recent;
}
