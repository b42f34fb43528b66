import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { startServer } from './server-process.js';

/** A Prometheus of the test's own. */
export interface TestPrometheus {
  readonly url: string;
  /** Values of an instant query. */
  query(expression: string): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus on a free port that scrapes the targets (`host:port`) five times a second.
 * @param discovery parts of a scrape_config that find further targets.
 */
export async function startPrometheus(
  targets: readonly string[],
  discovery: Readonly<Record<string, unknown>> = {},
): Promise<TestPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-prometheus-'));
  const configuration = join(directory, 'prometheus.yml');
  const scrape = {
    ...{ job_name: 'sample', scrape_interval: '200ms', static_configs: [{ targets }] },
    ...discovery,
  };
  // JSON is YAML.
  await writeFile(configuration, JSON.stringify({ scrape_configs: [scrape] }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer('prometheus', [
    `--config.file=${configuration}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
    // Targets that are found are asked at once, and not after five seconds.
    '--scrape.discovery-reload-interval=200ms',
  ]);
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };

  const query = async (expression: string): Promise<readonly number[]> => {
    const response = await fetch(
      `${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`,
    );
    return valuesOf(await response.json());
  };
  try {
    await eventually('Prometheus is ready', async () => {
      server.check();
      return (await fetch(`${url}/-/ready`)).ok ? true : undefined;
    });
  } catch (error) {
    await stop();
    throw new Error(`Prometheus did not start:\n${server.output()}`, { cause: error });
  }
  return { url, query, stop };
}

function valuesOf(body: unknown): readonly number[] {
  const result = field(field(body, 'data'), 'result');
  if (!Array.isArray(result)) throw new Error(`Prometheus answered ${JSON.stringify(body)}`);
  return result.map((series: unknown) => Number(field(field(series, 'value'), '1')));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
