import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createFileSecrets,
  noSecrets,
  ownNamespace,
  redactUrl,
  type SecretReader,
} from '../../service/providers/index.js';
import { readKeys } from '../../service/providers/secrets.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'assay-secrets-'));
  mkdirSync(join(directory, 'web'));
  writeFileSync(join(directory, 'web', 'token'), 'abc\n');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('the keys that a secret has', () => {
  const keysOf = (name: string) =>
    readKeys(
      { secrets: createFileSecrets(directory, { own: 'argo-rollouts' }), defaults: {} },
      { name, keys: ['token', 'region'] },
    );

  it('are those that are there', async () => {
    expect(await keysOf('web')).toEqual({ token: 'abc' });
  });

  it('can not be told of a secret that is not there', async () => {
    await expect(keysOf('none')).rejects.toMatchObject({
      code: 'secret',
      message: 'secrets "none" not found',
    });
  });

  it.each([
    [{ ownNamespace: 'ctl' }, undefined, 'ctl'],
    [{}, undefined, 'argo-rollouts'],
    [{ ownNamespace: 'ctl' }, 'app', 'app'],
  ])('are read with %j and namespace %s from %s', async (defaults, namespace, expected) => {
    const asked: string[] = [];
    const secrets: SecretReader = {
      read(from) {
        asked.push(from);
        return Promise.resolve('x');
      },
    };
    const wanted = { name: 's', keys: ['k'], ...(namespace === undefined ? {} : { namespace }) };
    await readKeys({ secrets, defaults }, wanted);
    expect(asked).toEqual([expected]);
  });
});

describe('the namespace of the service', () => {
  it.each([
    [{ POD_NAMESPACE: 'told' }, 'of-the-pod\n', 'told'],
    [{}, 'of-the-pod\n', 'of-the-pod'],
    [{}, undefined, 'argo-rollouts'],
  ])('is, with %j and a file %j, %s', (env, file, expected) => {
    expect(ownNamespace(env, () => file)).toBe(expected);
  });
});

it('there are no secrets without a directory', async () => {
  await expect(noSecrets.read('app', 'web', 'token')).rejects.toThrow('secrets "web" not found');
});

describe('redaction', () => {
  it.each([
    ['http://u:p@host/a?token=x#f', 'http://host/a?[redacted]'],
    ['http://host/a?', 'http://host/a'],
    ['http://host/a#x', 'http://host/a'],
    ['http://u:p@[::1/a', 'http://[::1/a'],
    ['http://host/@x', 'http://host/@x'],
    ['https:/u:p@host/a', 'https:/host/a'],
    ['https:\\\\u:p@host/a', 'https:\\\\host/a'],
    ['https:u:p@host', 'https:host'],
    ['https:///u:p@host', 'https:///host'],
    ['u:p@host:8080/a', 'u:host:8080/a'],
    ['host:8080/a@b', 'host:8080/a@b'],
    ['not a url', 'not a url'],
  ])('shows %s as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
