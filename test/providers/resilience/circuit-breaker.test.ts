import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../service/providers/http/resilience/circuit-breaker.js';

const limits = { failures: 3, forMs: 1_000, openMs: 500 };

describe('the circuit breaker', () => {
  it('needs so many failures in a row, over so long', () => {
    const breaker = new CircuitBreaker(limits);
    for (const atMs of [0, 1, 2, 3, 4, 999]) breaker.failed(atMs, 'timeout');
    expect(breaker.refuses(999)).toBeUndefined();
    breaker.failed(1_000, 'unreachable');
    expect(breaker.refuses(1_000)).toEqual({
      failures: 7,
      sinceMs: 0,
      lastReason: 'unreachable',
      retryAtMs: 1_500,
    });
  });

  it('does not open for few failures, however long they last, nor when an answer came between', () => {
    const breaker = new CircuitBreaker(limits);
    breaker.failed(0, 'timeout');
    breaker.failed(60_000, 'timeout');
    expect(breaker.refuses(60_000)).toBeUndefined();
    breaker.succeeded();
    breaker.failed(60_001, 'timeout');
    expect(breaker.refuses(60_001)).toBeUndefined();
  });

  it('lets one look through each time, and closes with the first answer', () => {
    const breaker = new CircuitBreaker(limits);
    for (const atMs of [0, 500, 1_000]) breaker.failed(atMs, 'timeout');
    expect(breaker.refuses(1_499)?.retryAtMs).toBe(1_500);
    expect(breaker.refuses(1_500)).toBeUndefined();
    expect(breaker.refuses(1_501)?.retryAtMs).toBe(2_000);
    breaker.failed(1_600, 'timeout');
    expect(breaker.refuses(1_700)).toMatchObject({ failures: 4, retryAtMs: 2_100 });
    expect(breaker.refuses(2_100)).toBeUndefined();
    breaker.succeeded();
    expect(breaker.refuses(2_101)).toBeUndefined();
    breaker.failed(2_102, 'timeout');
    expect(breaker.refuses(2_103)).toBeUndefined();
  });
});
