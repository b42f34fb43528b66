import { describe, expect, it } from 'vitest';
import { readAccess } from '../../../service/api/auth/access-file.js';
import { ConfigError } from '../../../service/platform/index.js';
import { sha256, token } from './fixtures.js';

const problems = (text: string): readonly string[] => {
  try {
    readAccess(text, 'f.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the file was accepted');
};
const rule = { match: [{ claim: 'groups', values: ['sre'] }], scopes: ['read'], namespaces: ['*'] };
const issuer = (fields: object = {}) => ({
  ...{ name: 'ci', issuer: 'https://ci', jwksUrl: 'https://ci/keys', audiences: ['assay'], rules: [rule] },
  ...fields,
});

describe('the file of tokens', () => {
  it('is read as it is documented', () => {
    const text = [
      'tokens:',
      '- name: ci',
      `  sha256: ${sha256('t').toUpperCase()}`,
      '  scopes: [run]',
      '  namespaces: [shop]',
      '  expires: "2027-06-30T00:00:00Z"',
    ].join('\n');
    expect(readAccess(text, 'f').tokens).toEqual([
      {
        digest: Buffer.from(sha256('t'), 'hex'),
        caller: { id: 'token:ci', grants: [{ scopes: ['run'], namespaces: ['shop'] }] },
        expiresAtMs: Date.UTC(2027, 5, 30),
      },
    ]);
  });

  it('may let nobody in, but not by being cut off', () => {
    expect(readAccess('tokens: []', 'f').tokens).toEqual([]);
    expect(problems('')).toEqual(['f.yaml: must be one document with tokens, oidc or kubernetes']);
    expect(problems('{}')).toEqual(['f.yaml: must have tokens, oidc or kubernetes']);
  });

  it.each([
    [
      { tokens: [token('a', ['read'], ['*'], { expires: '2027-06-30' })] },
      'tokens[0].expires: must be a time such as 2027-06-30T00:00:00Z, not "2027-06-30"',
    ],
    [
      { tokens: [token('a', ['read'], ['*'], { expire: '2027-06-30T00:00:00Z' })] },
      'tokens[0].expire: unknown field: did you mean `expires`?',
    ],
    [{ tokens: [], servers: [] }, 'servers: unknown field'],
    [
      { tokens: [token('a', ['read'], ['*']), { ...token('a', ['run'], ['*']), name: 'b' }] },
      'tokens[1].sha256: is that of tokens[0]',
    ],
    [
      { tokens: [{ ...token('a', ['read'], ['*']), sha256: 'MARKER' }] },
      'tokens[0].sha256: must be the SHA-256 of the token, 64 hexadecimal digits (the value is not shown)',
    ],
    [
      { oidc: [issuer({ jwksUrl: 'http://ci/keys' })] },
      'oidc[0].jwksUrl: must be https: whoever can change the keys on their way can let anybody in',
    ],
    [
      { oidc: [issuer({ clockTolerance: '1h' })] },
      'oidc[0].clockTolerance: must be a duration from 0s to 5m, not "1h"',
    ],
    [{ oidc: [issuer(), issuer({ name: 'other' })] }, 'oidc[1]: another entry has the same name or issuer'],
    [
      { oidc: [issuer({ rules: [{ match: rule.match, scopes: ['read'] }] })] },
      'oidc[0].rules[0]: must have namespaces or namespacesFrom',
    ],
  ])('tells what is wrong with %j', (file, problem) => {
    expect(problems(JSON.stringify(file))).toEqual([`f.yaml: ${problem}`]);
  });

  it.each([
    ['a signature with a shared key', { oidc: [issuer({ algorithms: ['HS256'] })] }, 'oidc[0].algorithms[0]'],
    ['no signature', { oidc: [issuer({ algorithms: ['none'] })] }, 'oidc[0].algorithms[0]'],
    [
      'a rule for everybody of an issuer',
      { oidc: [issuer({ rules: [{ ...rule, match: [] }] })] },
      'oidc[0].rules[0].match',
    ],
    ['a token for nothing', { tokens: [token('a', [], ['*'])] }, 'tokens[0].scopes'],
  ])('can not ask for %s', (_what, file, place) => {
    expect(problems(JSON.stringify(file)).join()).toContain(`f.yaml: ${place}: `);
  });

  it('is not shown where it can not be parsed: a token may stand there', () => {
    const told = problems('tokens:\n- name: ci\n  sha256: "MARKER\n').join();
    expect(told).toContain('f.yaml');
    expect(told).not.toContain('MARKER');
  });
});
