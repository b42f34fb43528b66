import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.js';
import { startServer } from '../../support/server-process.js';

const PROGRAM = fileURLToPath(new URL('prometheus-stub-process.ts', import.meta.url));

/** The stub of prometheus-stub-process.ts, running. */
export interface PrometheusStub {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the stub on a free port of loopback. */
export async function startPrometheusStub(): Promise<PrometheusStub> {
  const server = await startServer(process.execPath, ['--import', 'tsx', PROGRAM]);
  const port = await eventually('the stub listens', () => {
    server.check();
    return /^port (\d+)$/m.exec(server.output())?.[1];
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}
