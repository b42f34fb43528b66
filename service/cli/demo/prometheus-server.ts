import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject } from '../../../schemas/index.js';
import type { CleanupStack } from '../../platform/index.js';
import type { CliIo } from '../io.js';
import { freePort, type LoopbackClient } from './loopback.js';

/** What {@link startPrometheus} needs. */
export interface PrometheusOptions {
  /** Path of the program. */
  readonly program: string;
  /** What is scraped, `host:port` each. */
  readonly targets: readonly string[];
  readonly scrapeMs: number;
  readonly env: CliIo['env'];
  readonly client: LoopbackClient;
  readonly signal: AbortSignal;
}

/** A Prometheus was there and could not be used. */
export class PrometheusStartError extends Error {
  override readonly name = 'PrometheusStartError';
}

const SCRAPES_WITHIN_MS = 20_000;
const QUERY_TIMEOUT_MS = 1_000;
const POLL_MS = 50;
/** Time it has to end by itself, in ms. */
const STOP_WITHIN_MS = 3_000;
const OUTPUT_KEPT = 2_000;

/** The Prometheus of the `PATH`. Undefined: there is none. */
export async function findPrometheus(env: CliIo['env']): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((each) => each !== '')) {
    const program = join(folder, 'prometheus');
    try {
      await access(program, constants.X_OK);
      return program;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  return undefined;
}

/**
 * Starts a Prometheus of the demo's own, on a free port and in a folder that `cleanup` takes away again, and waits until
 * it has scraped every target.
 * @returns its address.
 * @throws PrometheusStartError when it comes to nothing; the reason of the signal when that is aborted.
 */
export async function startPrometheus(options: PrometheusOptions, cleanup: CleanupStack): Promise<string> {
  const { program, targets, scrapeMs, env, client, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'assay-demo-'));
  cleanup.defer('folder of Prometheus', () => rm(folder, { recursive: true, force: true }));
  const scrape = {
    job_name: 'demo',
    scrape_interval: `${scrapeMs}ms`,
    scrape_timeout: `${scrapeMs}ms`,
    static_configs: [{ targets }],
  };
  const configuration = join(folder, 'prometheus.yml');
  // JSON is YAML.
  await writeFile(configuration, JSON.stringify({ scrape_configs: [scrape] }));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { env: { ...env, NO_PROXY: '127.0.0.1' }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  cleanup.defer('Prometheus', () => stopped(child));
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = `${output}${chunk.toString('utf8')}`.slice(-OUTPUT_KEPT);
  });
  child.on('error', (error) => {
    output = error.message;
  });

  const url = `http://${address}`;
  const deadline = AbortSignal.timeout(SCRAPES_WITHIN_MS);
  while ((await scrapedTargets(url, client)) < targets.length) {
    if (hasEnded(child)) throw new PrometheusStartError(output.trim() || 'it ended at once');
    if (deadline.aborted)
      throw new PrometheusStartError(`it scraped nothing within ${SCRAPES_WITHIN_MS / 1_000} s`);
    await delay(POLL_MS, undefined, { signal });
  }
  return url;
}

/** How many targets the last scrape of was a success: being ready it has not scraped yet, which takes it five seconds. */
async function scrapedTargets(url: string, client: LoopbackClient): Promise<number> {
  try {
    const { body } = await client.send(`${url}/api/v1/query?query=up%20==%201`, {
      timeoutMs: QUERY_TIMEOUT_MS,
    });
    return seriesIn(JSON.parse(body));
  } catch {
    return 0; // It does not listen yet, or has no answer yet.
  }
}

/** The series of an instant query's answer: `{"data": {"result": […]}}`. */
function seriesIn(answer: unknown): number {
  const data = isObject(answer) ? answer['data'] : undefined;
  const result = isObject(data) ? data['result'] : undefined;
  return Array.isArray(result) ? result.length : 0;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  try {
    await ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Also when it could not even be started. */
const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;
