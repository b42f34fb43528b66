import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../built/binaries.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { startServer } from './server-process.js';

/** An InfluxDB of the test's own. */
export interface TestInfluxdb {
  readonly url: string;
  /** What its API of version 2 takes for a token. */
  readonly token: string;
  stop(): Promise<void>;
}

const DATABASE = 'shop';
const USER = 'measurer';
const PASSWORD = 'of-the-test';

/**
 * Starts a real InfluxDB 1.8 on a free port, which answers Flux over the API of version 2, with these points in the bucket
 * `shop` (line protocol, times in seconds). It lets nobody in without the token.
 */
export async function startInfluxdb(points: readonly string[]): Promise<TestInfluxdb> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-influxdb-'));
  const [port, backup] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const configuration = join(directory, 'influxdb.conf');
  await writeFile(configuration, settings(directory, port, backup));
  const server = await startServer(programPath('influxd'), ['-config', configuration]);
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const post = async (path: string, fields: Readonly<Record<string, string>>, body = ''): Promise<void> => {
    const query = new URLSearchParams({ ...fields, u: USER, p: PASSWORD });
    const response = await fetch(`${url}${path}?${query.toString()}`, { method: 'POST', body });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  try {
    await eventually('InfluxDB answers', async () => {
      server.check();
      return (await fetch(`${url}/ping`)).ok ? true : undefined;
    });
    await post('/query', { q: `CREATE USER ${USER} WITH PASSWORD '${PASSWORD}' WITH ALL PRIVILEGES` });
    await post('/query', { q: `CREATE DATABASE ${DATABASE}` });
    await post('/write', { db: DATABASE, precision: 's' }, points.join('\n'));
  } catch (error) {
    await stop();
    throw new Error(`InfluxDB did not start:\n${server.output()}`, { cause: error });
  }
  return { url, token: `${USER}:${PASSWORD}`, stop };
}

/** Everything in the folder, on loopback, and nothing told to anybody. */
const settings = (directory: string, port: number, backup: number): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${backup}"
[meta]
dir = "${directory}/meta"
[data]
dir = "${directory}/data"
wal-dir = "${directory}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${port}"
auth-enabled = true
flux-enabled = true
log-enabled = false
[logging]
level = "error"
`;
