import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assay } from '../support/assay.js';
import { eventually } from '../support/eventually.js';

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
/** What must not have a say: there is nobody at these addresses, and colours are not wanted. */
const HOSTILE = {
  HTTP_PROXY: 'http://127.0.0.1:1',
  http_proxy: 'http://127.0.0.1:1',
  ASSAY_REDIS_URL: 'redis://127.0.0.1:1',
  ASSAY_PORT: '1',
  NO_COLOR: '1',
};

/** The weights that the story tells, in their order. */
const weights = (out: string): string[] =>
  [...out.matchAll(/canary (v\d \d+) %/g)].map(([, text]) => text ?? '');

const STORY = ['v2 10', 'v2 25', 'v2 50', 'v2 100', 'v3 10', 'v3 0'];

describe('assay demo', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const leftBehind = async () => (await readdir(folder)).filter((name) => name.startsWith('assay-demo-'));

  it('promotes the good version and rolls the bad one back, by what a real Prometheus measured', async () => {
    const { code, out, err } = await assay(['demo', '--pace', '2'], { env: { ...HOSTILE, TMPDIR: folder } });
    expect(err).toBe('');
    expect(out).toContain('Metrics from a real Prometheus (/');
    expect(weights(out)).toEqual(STORY);
    expect(out.match(/webhook {3}✔ promote, signature verified: Successful/g)).toHaveLength(4);
    // A part of the requests fails, and few are measured in a moment: which share it is, and whether it is below the limit, is luck.
    const actTwo = out.slice(out.indexOf('Act two'));
    expect(actTwo).toMatch(/measured {2}[✔✖] success-rate +\d\d\.\d % {2}result\[0\] >= 0\.95/);
    expect(out).toMatch(/measured {2}✖ latency-p95 +[5-9]\d\d ms {2}result\[0\] <= 0\.35 {2}Failed/);
    expect(out).toMatch(
      /webhook {3}✖ rollback, signature verified: Failed, Metric "[a-z0-9-]+" assessed Failed/,
    );
    expect(out).toContain('As it should be: the good version was promoted, the bad one rolled back');
    expect(out).not.toContain('\u001b');
    expect(code).toBe(0);
    expect(await leftBehind()).toEqual([]);
  });

  it("does the same by the service's own numbers where there is no Prometheus", async () => {
    const { code, out, err } = await assay(['demo', '--pace', '2'], { env: { ...HOSTILE, PATH: '' } });
    expect(err).toBe('');
    expect(out).toContain('through the web provider (there is no Prometheus on the PATH)');
    expect(weights(out)).toEqual(STORY);
    expect(code).toBe(0);
  });

  it('leaves nothing behind when it is interrupted, also by the two signals that a Ctrl-C is under npm', async () => {
    // The real one, after it has told its process id.
    await writeFile(
      join(folder, 'prometheus'),
      `#!/bin/sh\necho $$ > "${folder}/pid"\nPATH="$REAL_PATH" exec prometheus "$@"\n`,
    );
    await chmod(join(folder, 'prometheus'), 0o755);
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'demo'], {
      env: {
        ...process.env,
        TMPDIR: folder,
        REAL_PATH: process.env['PATH'],
        PATH: `${folder}:/usr/bin:/bin`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const err = text(child.stderr);
    await saying(child, 'traffic');
    child.kill('SIGINT');
    child.kill('SIGINT');
    await once(child, 'close');
    expect(await err).toBe('interrupted: what the demo started is stopped\n');
    expect(child.exitCode).toBe(130);
    expect(await leftBehind()).toEqual([]);
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

/** Waits until the child has said something with the word in it. */
async function saying(child: ChildProcess, word: string): Promise<void> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  await eventually(`the demo says ${word}`, () => (said.includes(word) ? true : undefined), 60_000);
}
