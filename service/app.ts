import { createServer } from 'node:http';
import { createApi } from './api/index.js';
import type { EmbeddedAssay, ServingAssay } from './cli/index.js';
import { goDurationMs } from './condition/index.js';
import { createMemoryEngine, createRedisEngine } from './engine/index.js';
import { listen } from './listen.js';
import { createMeasureOnce } from './measure-once.js';
import { createMeasuring, type Measuring } from './measuring.js';
import {
  CleanupStack,
  type Clock,
  type Config,
  ConfigError,
  createLog,
  createMetrics,
  listenHost,
  loadConfig,
  readCaFile,
  systemClock,
} from './platform/index.js';
import {
  builtInProviders,
  chainCredentials,
  createEgressPolicy,
  createFileSecrets,
  createHttpClient,
  createProxyRules,
  createRegistry,
  type HttpClient,
  noSecrets,
  type ProxyRules,
} from './providers/index.js';
import { observeEngine } from './observe-engine.js';
import { openTemplateDirectory } from './template-directory.js';
import { VERSION } from './version.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How measurements are taken, and the connections to let go of in the end. */
interface MeasuringParts {
  readonly measuring: Measuring;
  readonly http: HttpClient;
}

/**
 * Everything that measurements need.
 * @param loopback whether specs may name addresses of this machine: only where nobody else can send them.
 */
function createMeasuringParts(
  config: Config,
  { env, clock, loopback }: { readonly env: Environment; readonly clock: Clock; readonly loopback: boolean },
): MeasuringParts {
  const { egressDeny, egressAllow, secretsDir, prometheusAddress, caFile } = config;
  const allow = egressAllow === undefined ? {} : { allow: egressAllow };
  const http = createHttpClient({
    egress: createEgressPolicy({ deny: egressDeny, ...allow, loopback }),
    proxy: proxyRules(config),
    ...(caFile === undefined ? {} : { ca: readCaFile(caFile) }),
  });
  const measuring = createMeasuring({
    registry: createRegistry(builtInProviders()),
    http,
    clock,
    secrets: secretsDir === undefined ? noSecrets : createFileSecrets(secretsDir),
    defaults: {
      ...(prometheusAddress === undefined ? {} : { prometheusAddress }),
      awsCredentials: chainCredentials({ env, http, clock }),
    },
  });
  return { measuring, http };
}

function proxyRules({ httpsProxy, httpProxy, noProxy }: Config): ProxyRules {
  return createProxyRules({
    noProxy,
    ...(httpsProxy === undefined ? {} : { https: httpsProxy.reveal() }),
    ...(httpProxy === undefined ? {} : { http: httpProxy.reveal() }),
  });
}

/**
 * Assay for one command: the memory engine and every provider, in this process. Logs what is at least a warning, unless
 * `ASSAY_LOG_LEVEL` says otherwise, to `writeLog`, one line a call.
 * @throws ConfigError when a setting can not be used.
 */
export function openEmbedded(env: Environment, writeLog: (line: string) => void): EmbeddedAssay {
  const { config, warnings } = loadConfig({ env });
  const level = (env['ASSAY_LOG_LEVEL'] ?? '') === '' ? 'warn' : config.logLevel;
  const log = createLog({ level, destination: { write: writeLog } });
  for (const warning of warnings) log.warn({ setting: warning }, 'a setting is ignored');
  const clock = systemClock;
  const { measuring, http } = createMeasuringParts(config, { env, clock, loopback: true });
  const engine = createMemoryEngine({
    ...measuring,
    clock,
    log,
    metrics: createMetrics({ version: VERSION, nodeMetrics: false }),
    settings: { retentionMs: goDurationMs(config.retention), concurrency: config.concurrency },
  });
  return {
    engine,
    measureOnce: createMeasureOnce(measuring, clock),
    close() {
      http.close();
      return Promise.resolve();
    },
  };
}

/**
 * The service: an engine over Redis or in this process, and the API in front of it. Logs to standard output.
 * @throws ConfigError when a setting can not be used, or asks for what this version does not have.
 */
export async function openServer(env: Environment, flags: { readonly port?: string }): Promise<ServingAssay> {
  const { config, warnings } = loadConfig({ env, flags });
  refuseMissing(config);
  const log = createLog({ level: config.logLevel });
  for (const warning of warnings) log.warn({ setting: warning }, 'a setting is ignored');
  const clock = systemClock;
  const metrics = createMetrics({ version: VERSION });
  const cleanup = new CleanupStack();
  const close = (): Promise<void> =>
    cleanup.drain((step, error) => {
      log.error({ step, err: error }, 'a step of the shutdown failed');
    });
  try {
    // Loopback may be measured as long as there is no authentication (see refuseMissing).
    const { measuring, http } = createMeasuringParts(config, { env, clock, loopback: true });
    cleanup.defer('connections', () => {
      http.close();
    });
    const settings = { retentionMs: goDurationMs(config.retention), concurrency: config.concurrency };
    const engineDeps = { ...measuring, clock, log, metrics, settings };
    const engine =
      config.redisUrl === undefined
        ? createMemoryEngine(engineDeps)
        : createRedisEngine(engineDeps, { url: config.redisUrl, shards: config.queueShards });
    cleanup.defer('engine', () => engine.stop());
    metrics.observe(observeEngine(engine, metrics.maxObservedRuns));
    await engine.start();
    const templates =
      config.templatesDir === undefined
        ? undefined
        : await openTemplateDirectory({ path: config.templatesDir, clock, log });
    const server = createServer(
      createApi({
        engine,
        metrics,
        log,
        measureOnce: createMeasureOnce(measuring, clock),
        ...(templates === undefined ? {} : { templates }),
      }),
    );
    const url = await listen(server, config.port, listenHost(config), cleanup);
    log.info({ url, version: VERSION }, 'listening');
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is asked for and not there must not be taken for granted: above all that requests are authenticated. */
function refuseMissing({ tokensFile, maxRunsPerNamespace, role }: Config): void {
  const problems = [
    ...(tokensFile === undefined ? [] : ['tokensFile: this version can not authenticate requests']),
    ...(maxRunsPerNamespace === undefined ? [] : ['maxRunsPerNamespace: this version has no quotas']),
    ...(role.length === 2 ? [] : ['role: this version has api and worker in one process only']),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}
