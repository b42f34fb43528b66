import type { EmbeddedAssay } from './cli/index.js';
import { goDurationMs } from './condition/index.js';
import { createMemoryEngine } from './engine/index.js';
import { createMeasuring, type Measuring } from './measuring.js';
import {
  type Clock,
  type Config,
  createLog,
  createMetrics,
  loadConfig,
  systemClock,
} from './platform/index.js';
import {
  builtInProviders,
  createEgressPolicy,
  createFileSecrets,
  createHttpClient,
  createRegistry,
  environmentCredentials,
  type HttpClient,
  noSecrets,
} from './providers/index.js';
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
  const { egressDeny, egressAllow, secretsDir, prometheusAddress } = config;
  const allow = egressAllow === undefined ? {} : { allow: egressAllow };
  const http = createHttpClient({ egress: createEgressPolicy({ deny: egressDeny, ...allow, loopback }) });
  const measuring = createMeasuring({
    registry: createRegistry(builtInProviders()),
    http,
    clock,
    secrets: secretsDir === undefined ? noSecrets : createFileSecrets(secretsDir),
    defaults: {
      ...(prometheusAddress === undefined ? {} : { prometheusAddress }),
      awsCredentials: environmentCredentials(env),
    },
  });
  return { measuring, http };
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
    measureOnce: (metric, run, signal) =>
      measuring.measure({
        op: 'measure',
        metric,
        args: run.spec.args ?? [],
        run: {
          id: run.metadata?.uid ?? '',
          name: run.metadata?.name ?? run.metadata?.generateName ?? '',
          namespace: run.metadata?.namespace ?? 'default',
          startedAtMs: clock.nowMs(),
        },
        signal,
      }),
    close() {
      http.close();
      return Promise.resolve();
    },
  };
}
