import { expect, it } from 'vitest';
import { CleanupStack, CleanupTimeoutError } from '../../service/platform/index.js';

it('closes in reverse order and goes on when a step fails', async () => {
  const closed: string[] = [];
  const failures: string[] = [];
  const cleanup = new CleanupStack();
  cleanup.defer('redis', () => void closed.push('redis'));
  cleanup.defer('worker', () => {
    throw new Error('gone');
  });
  cleanup.defer('http', async () => {
    await Promise.resolve();
    closed.push('http');
  });

  await cleanup.drain((step, error) => failures.push(`${step}: ${String(error)}`));

  expect(closed).toEqual(['http', 'redis']);
  expect(failures).toEqual(['worker: Error: gone']);
});

it('gives up a step that hangs and closes the rest', async () => {
  const closed: string[] = [];
  const failures: unknown[] = [];
  const cleanup = new CleanupStack({ stepTimeoutMs: 10 });
  cleanup.defer('redis', () => void closed.push('redis'));
  cleanup.defer('worker', () => new Promise(() => undefined));

  await cleanup.drain((_step, error) => failures.push(error));

  expect(closed).toEqual(['redis']);
  expect(failures).toEqual([new CleanupTimeoutError('"worker" did not finish within 10 ms')]);
});

it('spends no more than the total time however many steps hang', async () => {
  let nowMs = 0;
  const failures: string[] = [];
  const cleanup = new CleanupStack({
    stepTimeoutMs: 10,
    totalTimeoutMs: 15,
    clock: { nowMs: () => (nowMs += 10) },
  });
  for (const name of ['a', 'b', 'c']) cleanup.defer(name, () => new Promise(() => undefined));

  await cleanup.drain((_step, error) => failures.push(String(error)));

  expect(failures).toEqual([
    'CleanupTimeoutError: "c" did not finish within 5 ms',
    'CleanupTimeoutError: "b" did not finish within 0 ms',
    'CleanupTimeoutError: "a" did not finish within 0 ms',
  ]);
});

it('runs each step once however often it is drained, and steps that are added meanwhile', async () => {
  const closed: string[] = [];
  const cleanup = new CleanupStack();
  cleanup.defer('first', () => {
    closed.push('first');
    cleanup.defer('late', () => void closed.push('late'));
  });
  const unexpected = (step: string, error: unknown): never => {
    throw new Error(`${step} failed`, { cause: error });
  };

  await Promise.all([cleanup.drain(unexpected), cleanup.drain(unexpected)]);
  await cleanup.drain(unexpected);

  expect(closed).toEqual(['first', 'late']);
});
