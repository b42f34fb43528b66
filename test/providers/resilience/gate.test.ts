import { describe, expect, it } from 'vitest';
import { Gate } from '../../../service/providers/http/resilience/gate.js';
import { FakeTime } from '../../engine/fake-time.js';

const never = new AbortController().signal;

describe('the places of a server', () => {
  it('are given in the order they were asked for, one when one is given back', async () => {
    const time = new FakeTime();
    const gate = new Gate(1);
    const order: string[] = [];
    const first = await gate.enter(time, 1_000, never);
    const enter = (name: string) =>
      gate.enter(time, 1_000, never).then((place) => {
        order.push(name);
        if (typeof place === 'function') place();
      });
    const others = [enter('second'), enter('third')];
    await time.advance(10);
    expect(order).toEqual([]);
    if (typeof first === 'function') {
      first();
      first();
    }
    await Promise.all(others);
    expect(order).toEqual(['second', 'third']);
  });

  it('are not waited for longer than wanted, and then not taken', async () => {
    const time = new FakeTime();
    const gate = new Gate(1);
    const first = await gate.enter(time, 0, never);
    const controller = new AbortController();
    const late = gate.enter(time, 100, never);
    const left = gate.enter(time, 1_000, controller.signal);
    controller.abort();
    expect(await left).toBe('aborted');
    await time.advance(100);
    expect(await late).toBe('late');
    expect(await gate.enter(time, 100, controller.signal)).toBe('aborted');
    if (typeof first === 'function') first();
    expect(typeof (await gate.enter(time, 0, never))).toBe('function');
  });
});
