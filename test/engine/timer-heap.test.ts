import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { TimerHeap } from '../../service/engine/memory/timer-heap.js';

test.prop([fc.array(fc.integer({ min: 0, max: 20 }))])(
  'items leave by due time, and in the order they came where it is the same',
  (dueTimes) => {
    const heap = new TimerHeap<number>();
    for (const [index, dueAtMs] of dueTimes.entries()) heap.add(index, dueAtMs);
    const left: number[] = [];
    for (let item = heap.takeDue(20); item !== undefined; item = heap.takeDue(20)) left.push(item);
    const order = [...dueTimes.keys()].sort(
      (one, other) => (dueTimes[one] ?? 0) - (dueTimes[other] ?? 0) || one - other,
    );
    expect(left).toEqual(order);
    expect(heap.size).toBe(0);
  },
);

test.prop([fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 20 })])(
  'nothing leaves before it is due',
  (dueTimes, nowMs) => {
    const heap = new TimerHeap<number>();
    for (const dueAtMs of dueTimes) heap.add(dueAtMs, dueAtMs);
    const due = dueTimes.filter((dueAtMs) => dueAtMs <= nowMs).length;
    expect(heap.countDue(nowMs)).toBe(due);
    let taken = 0;
    while (heap.takeDue(nowMs) !== undefined) taken += 1;
    expect(taken).toBe(due);
    expect(heap.nextDueAtMs ?? Infinity).toBeGreaterThan(nowMs);
  },
);
