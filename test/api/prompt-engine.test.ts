import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { promptEngine } from '../../service/api/prompt-engine.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';

let engine: Engine;
let isConnected: boolean;
beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
  isConnected = true;
  vi.useFakeTimers();
});
afterEach(async () => {
  vi.useRealTimers();
  await engine.stop();
});

const never = (): Promise<never> => new Promise(() => undefined);
const prompt = (changes: Partial<Engine>): Engine =>
  promptEngine({ ...engine, isConnected: () => isConnected, ...changes });

/** How a request ends, and after how long. */
async function ends(request: Promise<unknown>, soonerThanMs: number): Promise<unknown> {
  const startedAtMs = Date.now();
  const ended = request.then(
    () => 'answered',
    (error: unknown) => ({ error, afterMs: Date.now() - startedAtMs }),
  );
  await vi.advanceTimersByTimeAsync(soonerThanMs);
  return Promise.race([ended, Promise.resolve('waits')]);
}

it('gives a busy engine five seconds, and one without a connection two', async () => {
  const slow = prompt({ get: never });
  expect(await ends(slow.get('run'), 60_000)).toMatchObject({ error: { why: 'busy' }, afterMs: 5_000 });
  isConnected = false;
  expect(await ends(slow.get('run'), 60_000)).toMatchObject({ error: { why: 'away' }, afterMs: 2_000 });
});

it('does not wait for a verdict that there is', async () => {
  await engine.create(runOf([metric('web')]), { id: 'run' });
  await vi.advanceTimersByTimeAsync(100);
  const ended = await prompt({ waitForCompletion: never }).waitForCompletion('run', 40_000);
  expect(ended?.status?.phase).toBe('Successful');
});

it('ends the wait for a verdict soon after the connection is lost, and not for a moment without one', async () => {
  await engine.create(runOf([metric('web', { interval: '1h', initialDelay: '1h' })]), { id: 'run' });
  const slow = prompt({ waitForCompletion: never });
  const waiting = slow.waitForCompletion('run', 40_000);
  const ended = vi.fn();
  waiting.catch(ended);
  isConnected = false;
  await vi.advanceTimersByTimeAsync(1_000);
  isConnected = true;
  await vi.advanceTimersByTimeAsync(9_000);
  expect(ended).not.toHaveBeenCalled();
  isConnected = false;
  expect(await ends(waiting, 5_000)).toMatchObject({ error: { why: 'away' }, afterMs: 2_000 });
});
