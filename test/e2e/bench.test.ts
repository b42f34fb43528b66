import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How long anything takes is not asserted: machines differ. What takes minutes (the rest of `scale` …) is run by hand; `controller` needs a control plane, see bench.built.test.ts. */
it.each([
  ['measurement', '', ['CPU of a whole measurement']],
  ['scale', 'burst', ['500 runs created at once, until all are judged']],
  [
    'verdict',
    '',
    [
      'start to verdict through the engine, p50',
      'start to verdict through the engine, p99',
      'start to verdict over HTTP, p50',
      'start to verdict over HTTP, p99',
    ],
  ],
])('the bench %s %s measures what it is for, beside its baseline', async (name, part, figures) => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'bench', '--', name], {
    cwd: ROOT,
    env: { ...process.env, ...(part === '' ? {} : { PARTS: part }) },
  });
  const told = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): unknown => JSON.parse(line));
  for (const figure of figures)
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ bench: name, figure, unit: 'ms' },
        ...{ value: expect.any(Number) as unknown, ratio: expect.any(Number) as unknown },
      }),
    );
});
