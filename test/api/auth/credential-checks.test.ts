import { describe, expect, it } from 'vitest';
import type { Authenticate, Verdict } from '../../../service/api/auth/authenticator.js';
import { createCredentialChecks } from '../../../service/api/auth/credential-checks.js';

const SOURCE = '10.0.0.1';
const refused: Verdict = { kind: 'refused', method: 'kubernetes', reason: 'it is not known' };
const accepted: Verdict = {
  ...{ kind: 'accepted', method: 'kubernetes' },
  caller: { id: 'kubernetes:x', grants: [] },
};

/** Somebody who is asked over a network: the answer takes a moment. Tokens that begin with `good` are right. */
function asked(isSigned: Authenticate['isSigned'] = () => false) {
  const tokens: string[] = [];
  const authenticate: Authenticate = Object.assign(
    async (token: string): Promise<Verdict> => {
      tokens.push(token);
      await new Promise(setImmediate);
      if (token.startsWith('away')) return { kind: 'unavailable', method: 'oidc', reason: 'no keys' };
      return token.startsWith('good') ? accepted : refused;
    },
    { isSigned },
  );
  return { authenticate, tokens };
}
const many = (count: number, name: string) => Array.from({ length: count }, (_, nth) => `${name}-${nth}`);
const kinds = async (checked: readonly Promise<{ readonly kind: string }>[]) =>
  (await Promise.all(checked)).map(({ kind }) => kind);
const count = (all: readonly string[], kind: string) => all.filter((each) => each === kind).length;

describe('credentials from one address', () => {
  it('that are guessed at the same moment are looked at as often as one after the other', async () => {
    const { authenticate, tokens } = asked();
    const check = createCredentialChecks(authenticate, () => 0);
    const outcomes = await kinds(many(200, 'guess').map((token) => check(token, SOURCE)));
    expect(tokens).toHaveLength(10);
    expect([count(outcomes, 'refused'), count(outcomes, 'limited')]).toEqual([10, 190]);
    expect(await check('guess', SOURCE)).toEqual({ kind: 'limited', forS: 6 });
    expect(await check('guess', '10.0.0.2')).toEqual(refused);
  });

  it('that are right are all looked at, however many there are at once, and each once', async () => {
    const { authenticate, tokens } = asked();
    const check = createCredentialChecks(authenticate, () => 0);
    const all = many(50, 'good');
    expect(new Set(await kinds([...all, ...all].map((token) => check(token, SOURCE))))).toEqual(
      new Set(['accepted']),
    );
    expect(tokens).toHaveLength(50);
    // Not one of them counts as a failure.
    expect(count(await kinds(many(20, 'guess').map((token) => check(token, SOURCE))), 'refused')).toBe(10);
    expect((await check('good-7', SOURCE)).kind).toBe('accepted');
  });

  it('that nobody can judge now are no failures', async () => {
    const { authenticate } = asked();
    const check = createCredentialChecks(authenticate, () => 0);
    const outcomes = await kinds(many(60, 'away').map((token) => check(token, SOURCE)));
    expect(new Set(outcomes)).toEqual(new Set(['unavailable']));
    expect((await check('good', SOURCE)).kind).toBe('accepted');
  });

  it('wait for those before them in bounded number', async () => {
    let answer = (_verdict: Verdict): void => undefined;
    const verdict = new Promise<Verdict>((resolve) => {
      answer = resolve;
    });
    const check = createCredentialChecks(
      () => verdict,
      () => 0,
    );
    const all = many(150, 'slow').map((token) => check(token, SOURCE));
    const first = await Promise.race(all);
    expect(first).toEqual({ kind: 'limited', forS: 6 });
    answer(accepted);
    const outcomes = await kinds(all);
    expect([count(outcomes, 'accepted'), count(outcomes, 'limited')]).toEqual([110, 40]);
  });

  it('that a trusted issuer must have signed are looked at while others are not, up to a rate', async () => {
    let nowMs = 0;
    const { authenticate } = asked((token) => token.includes('signed'));
    const check = createCredentialChecks(authenticate, () => nowMs);
    for (const token of many(10, 'guess')) await check(token, SOURCE);
    expect((await check('good-signed', SOURCE)).kind).toBe('accepted');
    expect((await check('good-plain', SOURCE)).kind).toBe('limited');
    const outcomes = await kinds(many(80, 'forged-signed').map((token) => check(token, SOURCE)));
    expect([count(outcomes, 'refused'), count(outcomes, 'limited')]).toEqual([49, 31]);
    expect((await check('good-late-signed', '10.0.0.2')).kind).toBe('accepted');
    nowMs = 1_000;
    expect((await check('good-late-signed', SOURCE)).kind).toBe('accepted');
  });

  it('are looked at again when looking failed for a fault of ours', async () => {
    let fails = true;
    const check = createCredentialChecks(
      () => (fails ? Promise.reject(new Error('a fault')) : Promise.resolve(accepted)),
      () => 0,
    );
    for (const token of many(20, 'x')) await expect(check(token, SOURCE)).rejects.toThrow('a fault');
    fails = false;
    expect((await check('x-1', SOURCE)).kind).toBe('accepted');
  });
});
