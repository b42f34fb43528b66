import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { renewedAccess } from '../../service/providers/kubernetes/renewed-access.js';

const folder = mkdtempSync(join(tmpdir(), 'assay-renewed-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A kubeconfig whose token is written anew, and a clock. */
function renewable(name: string) {
  const path = join(folder, name);
  let nowMs = 1;
  const access = renewedAccess({ kind: 'kubeconfig', path }, () => nowMs);
  return {
    doubt: () => {
      access.doubt();
    },
    pass: (ms: number) => (nowMs += ms),
    write: (token: string) => {
      const config = {
        'current-context': 'x',
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: { token } }],
      };
      writeFileSync(path, token === '' ? '{' : JSON.stringify(config));
    },
    /** The token of a request, and by which access it has it. */
    asked: async () => {
      const current = await access.current();
      const options: RequestOptions = {};
      await current.authorize(options);
      return { current, token: (options.headers as Record<string, string>)['Authorization'] };
    },
  };
}

it('credentials are used as long as their file is the same, and read again soon after it has changed', async () => {
  const { write, pass, asked } = renewable('soon');
  write('a');
  const first = await asked();
  expect(first.token).toBe('Bearer a');
  pass(60_000);
  expect((await asked()).current).toBe(first.current);
  write('the next');
  pass(9_999);
  expect((await asked()).token).toBe('Bearer a');
  pass(1);
  expect((await asked()).token).toBe('Bearer the next');
});

it('credentials that were refused are looked at when they are needed next', async () => {
  const { write, doubt, asked } = renewable('refused');
  write('a');
  await asked();
  write('the next');
  doubt();
  expect((await asked()).token).toBe('Bearer the next');
});

it('a file that can not be used does not take the place of what could, and one that is not there yet may be soon', async () => {
  const { write, pass, asked } = renewable('broken');
  await expect(asked()).rejects.toThrow('can not be used');
  write('a');
  expect((await asked()).token).toBe('Bearer a');
  write('');
  pass(10_000);
  expect((await asked()).token).toBe('Bearer a');
  write('the next');
  pass(10_000);
  expect((await asked()).token).toBe('Bearer the next');
});
