import { describe, expect, it } from 'vitest';
import {
  builtInProviders,
  createRegistry,
  ProviderError,
  type Reading,
} from '../../service/providers/index.js';
import { contextWith, NOW_MS } from './measure.js';
import { metric, noHttp, take } from './scripted-provider.js';

const NOW = '2024-05-01T12:00:00.250Z';

describe('a measurement', () => {
  it('has what the store told beside an error, and what it had before', async () => {
    const error = new ProviderError('badResponse', 'no series', { metadata: { warnings: 'w' } });
    expect(await take(error)).toMatchObject({ phase: 'Error', metadata: { warnings: 'w' } });
    const previous = { phase: 'Running', startedAt: NOW, metadata: { job: 'j' } } as const;
    expect(await take(error, { op: 'resume', previous })).toMatchObject({
      metadata: { job: 'j', warnings: 'w' },
    });
  });

  it('keeps other metadata than its own when a condition can not be evaluated, if the provider says so', async () => {
    const reading: Reading = {
      kind: 'value',
      value: { type: 'float64', value: 1 },
      text: '1',
      metadata: { a: 'b', c: 'd' },
      keptOnConditionError: { metadata: { a: 'b' } },
    };
    const taken = await take(reading, { metric: { ...metric, successCondition: 'result[0] > 0' } });
    expect(taken).toMatchObject({ phase: 'Error', metadata: { a: 'b' } });
    expect(taken.metadata).not.toHaveProperty('c');
  });

  it('has the value and the phase that the conditions give', async () => {
    const reading: Reading = {
      kind: 'value',
      value: { type: 'float64', value: 1 },
      text: '1',
      metadata: { a: 'b' },
    };
    expect(await take(reading, { metric: { ...metric, successCondition: 'result > 0' } })).toEqual({
      phase: 'Successful',
      value: '1',
      metadata: { a: 'b' },
      startedAt: NOW,
      finishedAt: NOW,
    });
    expect(await take(reading, { metric: { ...metric, successCondition: 'result > 1' } })).toMatchObject({
      phase: 'Failed',
    });
  });

  it('loses value and metadata when a condition can not be evaluated, but for what its provider keeps', async () => {
    const reading: Reading = {
      kind: 'value',
      value: { type: 'float64', value: 1 },
      text: '1',
      metadata: { a: 'b' },
    };
    const broken = { metric: { ...metric, successCondition: 'result.x > 1' } };
    const lost = await take(reading, broken);
    expect(lost.phase).toBe('Error');
    expect(lost.message).toMatch(/^could not evaluate successCondition "result.x > 1": /);
    expect(lost).not.toHaveProperty('value');
    expect(lost).not.toHaveProperty('metadata');
    expect(
      await take({ ...reading, keptOnConditionError: { text: true, metadata: true } }, broken),
    ).toMatchObject({
      value: '1',
      metadata: { a: 'b' },
    });
  });

  it('shows no more of a long value than its beginning, and how long it was; conditions judge all of it', async () => {
    const text = `${'😀'.repeat(3_000)}end`;
    const taken = await take(
      { kind: 'value', value: { type: 'string', value: text }, text },
      { metric: { ...metric, successCondition: 'result endsWith "end"' } },
    );
    expect(taken.phase).toBe('Successful');
    expect(taken.value).toMatch(/^(?:😀){2036}… \(cut: 6003 characters\)$/u);
    expect(taken.value?.length).toBeLessThanOrEqual(4_096);
    const again = await take(new Error('x'.repeat(10_000)));
    expect(again.message).toMatch(/^x{4071}… \(cut: 10000 characters\)$/);
    // What is not begun anew is not cut anew.
    const resumed = await take(new Error('unused'), {
      op: 'resume',
      previous: taken,
      registry: createRegistry(builtInProviders()),
      metric: { ...metric, provider: { web: { url: 'http://unused/', jsonPath: '{$}' } } },
    });
    expect(resumed.value).toBe(taken.value);
    const short = { kind: 'value', value: { type: 'string', value: 'a' }, text: 'a'.repeat(4_096) } as const;
    expect((await take(short)).value).toHaveLength(4_096);
  });

  it('that goes on has no end yet, and keeps its beginning', async () => {
    const running: Reading = { kind: 'running', resumeAtMs: NOW_MS + 1500, metadata: { job: 'j' } };
    const previous = await take(running);
    expect(previous).toEqual({
      phase: 'Running',
      startedAt: NOW,
      resumeAt: '2024-05-01T12:00:01.750Z',
      metadata: { job: 'j' },
    });
    const judged: Reading = { kind: 'judged', phase: 'Failed', message: 'no' };
    const later = contextWith(noHttp, { clock: { nowMs: () => NOW_MS + 2000 } });
    expect(await take(judged, { op: 'resume', previous, context: later })).toEqual({
      phase: 'Failed',
      message: 'no',
      startedAt: NOW,
      finishedAt: '2024-05-01T12:00:02.250Z',
    });
    expect(await take(judged, { op: 'terminate', previous })).toMatchObject({ phase: 'Failed' });
  });

  it('keeps what tells where it goes on when looking again fails', async () => {
    const previous = { phase: 'Running', metadata: { job: 'j' } } as const;
    expect(await take(new ProviderError('unreachable', 'gone'), { op: 'resume', previous })).toMatchObject({
      phase: 'Error',
      message: 'gone',
      metadata: { job: 'j' },
    });
  });

  it.each([
    [{}, "no valid provider in metric 'm'"],
    [{ web: { url: 'http://x' }, prometheus: {} }, "no valid provider in metric 'm'"],
    [{ plugin: { x: {} } }, "the provider plugin of metric 'm' is not available"],
  ])('of the provider %j is an Error, never the work of another one', async (provider, message) => {
    expect(await take(new Error('not asked'), { metric: { name: 'm', provider } })).toMatchObject({
      phase: 'Error',
      message,
    });
  });

  it('is an Error whatever is thrown', async () => {
    expect(await take(new TypeError('oops'))).toMatchObject({
      phase: 'Error',
      message: 'oops',
      finishedAt: NOW,
    });
  });
});
