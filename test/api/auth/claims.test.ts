import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessRule } from '../../../schemas/index.js';
import { may, namespacesOf } from '../../../service/api/auth/caller.js';
import { claimOf, grantsOf } from '../../../service/api/auth/claims.js';

const rule = (fields: Partial<AccessRule>): AccessRule => ({
  match: [{ claim: 'team', values: ['a', 'b'] }],
  scopes: ['read'],
  ...fields,
});

describe('the claims of a caller', () => {
  it('are compared as wholes, one of the values being enough, and all of the claims being needed', () => {
    const rules = [
      rule({
        match: [
          { claim: 'team', values: ['a', 'b'] },
          { claim: 'env', values: ['prod'] },
        ],
        namespaces: ['shop'],
      }),
    ];
    expect(grantsOf({ team: 'b', env: 'prod' }, rules)).toHaveLength(1);
    expect(grantsOf({ team: ['x', 'a'], env: ['prod'] }, rules)).toHaveLength(1);
    for (const claims of [{ team: 'b' }, { team: 'ab', env: 'prod' }, { team: 'A', env: 'prod' }, {}])
      expect(grantsOf(claims, rules)).toEqual([]);
  });

  it('are found by name and by path, and never among what every object has', () => {
    const claims = { realm: { roles: ['x'] }, 'https://a.b/c': 'url' };
    expect(claimOf(claims, 'realm.roles')).toEqual(['x']);
    expect(claimOf(claims, 'https://a.b/c')).toBe('url');
    for (const name of ['constructor', 'realm.constructor', '__proto__', 'realm.roles.length.x'])
      expect(claimOf(claims, name)).toBeUndefined();
  });

  it('may name namespaces, but not all of them', () => {
    const rules = [rule({ namespacesFrom: 'ns' })];
    expect(grantsOf({ team: 'a', ns: ['shop', '*', 'No Name', 7] }, rules)).toEqual([
      { scopes: ['read'], namespaces: ['shop', '7'] },
    ]);
    expect(grantsOf({ team: 'a', ns: '*' }, rules)).toEqual([]);
  });

  test.prop([fc.anything(), fc.anything()])(
    'whatever they are give nothing that no rule gives',
    (team, ns) => {
      const caller = { id: 'x', grants: grantsOf({ team, ns }, [rule({ namespacesFrom: 'ns' })]) };
      expect(may(caller, 'run', 'shop')).toBe(false);
      expect(namespacesOf(caller, 'read')).not.toBe('all');
    },
  );
});
