import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.js';
import { startServer } from '../../support/server-process.js';

const PROGRAM = fileURLToPath(new URL('prometheus-stub-process.ts', import.meta.url));

/** Times between queries that are equal. */
export interface Gaps {
  /** How many different ones have come. */
  readonly queries: number;
  /** ms, of those that have ended since they were asked for last. */
  readonly gaps: readonly number[];
}

/** The stub of prometheus-stub-process.ts, running. */
export interface PrometheusStub {
  readonly url: string;
  /** How many queries it has answered. */
  count(): Promise<number>;
  /** Times between queries that are equal. It begins to note them when it is asked first. */
  gaps(): Promise<Gaps>;
  stop(): Promise<void>;
}

/** Starts the stub on a free port of loopback. */
export async function startPrometheusStub(): Promise<PrometheusStub> {
  const server = await startServer(process.execPath, ['--import', 'tsx', PROGRAM]);
  const port = await eventually('the stub listens', () => {
    server.check();
    return /^port (\d+)$/m.exec(server.output())?.[1];
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    count: async () => Number(await (await fetch(`${url}/count`)).text()),
    gaps: async () => (await (await fetch(`${url}/gaps`)).json()) as Gaps,
    stop: () => server.stop(),
  };
}
