import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startServer } from '../support/server-process.js';

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url));

/** A module that tells its process, and is in an endless loop soon after it was loaded. */
const LOOPING = `
import { writeFileSync } from 'node:fs';
export const interfaceVersion = 1;
export const provider = { measure: () => ({ kind: 'value', value: 1 }) };
setTimeout(() => {
  writeFileSync(new URL('pid', import.meta.url), String(process.pid));
  for (;;);
}, 500);
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-plugin-process-'));
  writeFileSync(join(folder, 'looping.mjs'), LOOPING);
  writeFileSync(join(folder, 'providers.yaml'), 'plugins: [{name: looping, module: ./looping.mjs}]');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it('a module in an endless loop does not outlive a service that is killed', async () => {
  const env = { ASSAY_PROVIDERS_FILE: join(folder, 'providers.yaml'), ASSAY_PORT: '0' };
  const service = await startServer(process.execPath, ['--import', 'tsx', MAIN, 'serve'], env);
  const file = join(folder, 'pid');
  const pid = await eventually(
    'the module is in its loop',
    () => {
      service.check();
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
    },
    60_000,
  );
  expect(isRunning(pid)).toBe(true);
  await service.stop('SIGKILL');
  await eventually('the process of the module is gone', () => (isRunning(pid) ? undefined : true), 20_000);
}, 90_000);
