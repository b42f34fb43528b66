import { expect, it } from 'vitest';
import { askService } from '../schemathesis/ask-service.js';

/** The long form: npm run schemathesis. */
const SECONDS = 30;

it('no request that Schemathesis can think of meets a server error, or an answer that is not described', async () => {
  const { code, output } = await askService(SECONDS, 1);
  expect(code, output.slice(-6_000)).toBe(0);
  const [, cases = '0'] = /(\d+) generated/.exec(output) ?? [];
  expect(Number(cases)).toBeGreaterThan(200);
});
