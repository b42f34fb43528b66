import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileSecrets, noSecrets, redactSecrets, redactUrl } from '../../service/providers/index.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'assay-secrets-'));
  mkdirSync(join(directory, 'web'));
  writeFileSync(join(directory, 'web', 'token'), 'abc\n');
  writeFileSync(join(directory, 'plain'), 'not a secret');
  mkdirSync(join(directory, 'web', 'folder'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('secrets of files', () => {
  it('are read without the newline at the end', async () => {
    expect(await createFileSecrets(directory).read('app', 'web', 'token')).toBe('abc');
  });

  it.each([
    ['none', 'token', 'secrets "none" not found'],
    ['web', 'other', "key 'other' does not exist in secret 'web'"],
    ['plain', 'token', 'secrets "plain" not found'],
    ['..', 'token', 'secrets ".." not found'],
    ['../web', 'token', 'secrets "../web" not found'],
    ['web', '../plain', "key '../plain' does not exist in secret 'web'"],
    ['web', 'folder', 'secret "web" could not be read (EISDIR)'],
  ])('%s/%s can not be read: %s', async (name, key, message) => {
    await expect(createFileSecrets(directory).read('app', name, key)).rejects.toMatchObject({
      name: 'ProviderError',
      code: 'secret',
      message,
    });
  });

  it('are not there at all without a directory', async () => {
    await expect(noSecrets.read('app', 'web', 'token')).rejects.toThrow('secrets "web" not found');
  });
});

describe('redaction', () => {
  it.each([
    ['http://u:p@host/a?token=x#f', 'http://host/a?[redacted]'],
    ['http://host/a?', 'http://host/a'],
    ['http://host/a#x', 'http://host/a'],
    ['http://u:p@[::1/a', 'http://[::1/a'],
    ['http://host/@x', 'http://host/@x'],
    ['not a url', 'not a url'],
  ])('shows %s as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it('masks every secret, the longer first, and an empty one hides nothing', () => {
    expect(redactSecrets('abc abcdef abc', ['abc', 'abcdef', ''])).toBe('***** ***** *****');
  });
});
