import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** It takes a minute and a half where nothing else goes on. */
const BENCH_MS = 10 * 60_000;

/** How long anything takes is not asserted: machines differ. Beside the controller of Argo Rollouts it is run by hand. */
it(
  'the bench controller measures AnalysisRuns on a real API server, whatever is said of them in the docs',
  async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'bench', '--', 'controller'], {
      cwd: ROOT,
      env: { ...process.env, SYSTEMS: 'Assay' },
    });
    const told = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { figure: string }).figure);
    expect(told).toEqual(
      expect.arrayContaining([
        'created to verdict on the object, one at a time, p50',
        'created to verdict on the object, one at a time, p99',
        'created to verdict on the object, 500 at once, p50',
        'created to verdict on the object, 500 at once, p99',
        'writes to the API server, run of one measurement',
        'lateness of 1000 runs of 1 s interval, p99',
        'writes a second with 1000 runs of 1 s interval',
        'memory of the controller with 5000 completed runs',
      ]),
    );
  },
  BENCH_MS,
);
