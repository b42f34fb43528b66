import { describe, expect, it } from 'vitest';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../service/providers/http/http.js';
import { DEFAULT_LIMITS, type HostLimits } from '../../../service/providers/http/resilience/limits.js';
import { createResilientClient } from '../../../service/providers/http/resilience/resilient-client.js';
import { ProviderError, type ProviderErrorCode } from '../../../service/providers/provider-error.js';
import { FakeTime } from '../../engine/fake-time.js';

const answer = (status: number, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  statusText: status === 502 ? 'Bad Gateway' : '',
  headers,
  body: new Uint8Array(),
  text: () => '',
});

interface Asked extends HttpRequest {
  resolve(response: HttpResponse): void;
  fail(code: ProviderErrorCode): void;
}

/** A client whose requests are answered by the test, on standing time. */
function stage(limits: Partial<HostLimits> = {}) {
  const time = new FakeTime(Date.parse('2026-11-25T08:00:00Z'));
  const asked: Asked[] = [];
  let script: ((request: HttpRequest) => HttpResponse | ProviderErrorCode) | undefined;
  const http: HttpClient = {
    request: (request) =>
      new Promise((resolve, reject) => {
        const fail = (code: ProviderErrorCode): void => {
          reject(new ProviderError(code, code));
        };
        request.signal.addEventListener('abort', () => {
          fail('canceled');
        });
        asked.push({ ...request, resolve, fail });
        const scripted = script?.(request);
        if (typeof scripted === 'string') fail(scripted);
        else if (scripted !== undefined) resolve(scripted);
      }),
    close: () => undefined,
  };
  const client = createResilientClient({
    http,
    clock: time,
    timers: time,
    limits: () => ({ ...DEFAULT_LIMITS, ...limits }),
  });
  return {
    time,
    asked,
    answerAll: (next: typeof script): void => {
      script = next;
    },
    ask: (more: Partial<HttpRequest> = {}) =>
      client
        .request({
          method: 'POST',
          url: 'http://metrics:9090/q?secret=1',
          signal: new AbortController().signal,
          ...more,
        })
        .then(
          ({ status }): string => String(status),
          (error: unknown) =>
            error instanceof ProviderError ? `${error.code}: ${error.message}` : String(error),
        ),
  };
}

describe('the limits of a server', () => {
  it('hold requests back beyond those that may be under way, for this server only', async () => {
    const { asked, ask, time } = stage({ concurrency: 2 });
    const all = [ask(), ask(), ask({ timeoutMs: 10_000 })];
    await time.advance(1_000);
    expect(asked).toHaveLength(2);
    const elsewhere = ask({ url: 'http://other:9090/' });
    await time.advance(0);
    expect(asked).toHaveLength(3);
    asked[0]?.resolve(answer(200));
    await time.advance(0);
    // What was spent on waiting is gone from its time.
    expect(asked[3]?.timeoutMs).toBe(9_000);
    for (const request of asked) request.resolve(answer(200));
    expect(await Promise.all([...all, elsewhere])).toEqual(['200', '200', '200', '200']);
  });

  it('tell a request whose time is over while it waits', async () => {
    const { ask, time, asked } = stage({ concurrency: 2 });
    void ask();
    void ask();
    const late = ask({ timeoutMs: 1_000 });
    await time.advance(1_000);
    expect(await late).toBe(
      'timeout: Post "http://metrics:9090/q?[redacted]": not sent: the 2 places for requests to http://metrics:9090 were taken for all of its time',
    );
    expect(asked).toHaveLength(2);
  });

  it('spread requests over time, and refuse those that can not wait', async () => {
    const { ask, time, asked, answerAll } = stage({ requestsPerSecond: 1 });
    answerAll(() => answer(200));
    const [now, soon, never] = [ask(), ask(), ask({ timeoutMs: 1_500 })];
    await time.advance(0);
    expect(asked).toHaveLength(1);
    expect(await never).toBe(
      'rateLimited: Post "http://metrics:9090/q?[redacted]": not sent: the budget of requests to http://metrics:9090 is used up for longer than the request may take',
    );
    await time.advance(1_000);
    expect(await Promise.all([now, soon])).toEqual(['200', '200']);
  });

  it('are left when a measurement is no longer wanted', async () => {
    const { ask, time } = stage({ concurrency: 1, requestsPerSecond: 1 });
    void ask();
    const controller = new AbortController();
    const waiting = ask({ signal: controller.signal });
    await time.advance(10);
    controller.abort();
    expect(await waiting).toBe('canceled: Post "http://metrics:9090/q?[redacted]": context canceled');
  });
});

describe('a server that asks for a pause', () => {
  it('gets it: a short one is waited for, for a long one requests fail at once', async () => {
    const { ask, time, asked, answerAll } = stage();
    answerAll(() => answer(429, { 'retry-after': '3' }));
    expect(await ask()).toBe('429');
    const waiting = ask();
    await time.advance(2_999);
    expect(asked).toHaveLength(1);
    answerAll(() => answer(503, { 'retry-after': '60' }));
    await time.advance(1);
    expect(await waiting).toBe('503');
    expect(await ask()).toBe(
      'rateLimited: Post "http://metrics:9090/q?[redacted]": not sent: http://metrics:9090 asked for no requests until 2026-11-25T08:01:03.000Z',
    );
    answerAll(() => answer(200));
    await time.advance(60_000);
    expect(await ask()).toBe('200');
  });

  it('is spared only by the sender that it answered', async () => {
    const { ask, answerAll } = stage();
    answerAll(({ headers }) =>
      headers?.['Api-Key'] === 'a' ? answer(429, { 'retry-after': '60' }) : answer(200),
    );
    expect(await ask({ headers: { 'Api-Key': 'a' } })).toBe('429');
    expect(await ask({ headers: { 'api-key': 'a' } })).toContain('asked for no requests until');
    expect(await ask({ headers: { 'Api-Key': 'b' } })).toBe('200');
  });

  it('is asked as before when it does not say for how long', async () => {
    const { ask, answerAll } = stage();
    answerAll(() => answer(429));
    expect([await ask(), await ask()]).toEqual(['429', '429']);
  });
});

describe('a server that is down', () => {
  async function failing(
    how: HttpResponse | ProviderErrorCode,
    more: Partial<HttpRequest> = {},
    { count = 11, everyMs = 1_000 } = {},
  ) {
    const made = stage();
    made.answerAll(() => how);
    for (let index = 0; index < count; index += 1) {
      await made.ask(more);
      await made.time.advance(everyMs);
    }
    return made;
  }

  it.each([
    ['unreachable' as const, 'unreachable'],
    ['timeout' as const, 'timeout'],
    [answer(502), '502 Bad Gateway'],
  ])('is not asked any more (%j), but for a look every 5 s, until it answers', async (how, reason) => {
    const { ask, asked, time, answerAll } = await failing(how);
    expect(await ask()).toBe(
      `unreachable: Post "http://metrics:9090/q?[redacted]": not sent: http://metrics:9090 is taken for down: the last 11 requests to it failed, since 2026-11-25T08:00:00.000Z (last: ${reason}); it is tried again at 2026-11-25T08:00:15.000Z`,
    );
    expect(asked).toHaveLength(11);
    await time.advance(4_000);
    await ask();
    expect(asked).toHaveLength(12);
    expect(await ask()).toContain('tried again at 2026-11-25T08:00:20.000Z');
    answerAll(() => answer(200));
    await time.advance(5_000);
    expect([await ask(), await ask()]).toEqual(['200', '200']);
  });

  it('is not what a restart of some seconds is taken for', async () => {
    const { ask } = await failing('unreachable', {}, { count: 100, everyMs: 50 });
    expect(await ask()).toBe('unreachable: unreachable');
  });

  it.each([
    [answer(500)],
    [answer(404)],
    [answer(429)],
    ['tls' as const],
    ['badResponse' as const],
    ['canceled' as const],
    ['egressDenied' as const],
  ])('is not what %j says', async (how) => {
    const { ask, asked } = await failing(how);
    expect(await ask()).not.toContain('taken for down');
    expect(asked).toHaveLength(12);
  });

  it('is not what short timeouts of a spec say', async () => {
    const { ask } = await failing('timeout', { timeoutMs: 4_999 });
    expect(await ask()).toBe('timeout: timeout');
  });
});

describe('simultaneous equal requests', () => {
  const GET = { method: 'GET', headers: { Accept: 'a', Authorization: 'x' } };

  it('are one request, and all get its answer', async () => {
    const { ask, asked, time } = stage();
    const all = [ask(GET), ask({ ...GET, headers: { authorization: 'x', accept: 'a' } }), ask(GET)];
    await time.advance(0);
    expect(asked).toHaveLength(1);
    asked[0]?.resolve(answer(200));
    expect(await Promise.all(all)).toEqual(['200', '200', '200']);
    void ask(GET);
    await time.advance(0);
    expect(asked).toHaveLength(2);
  });

  it('are not when URL, headers or TLS differ, nor are POSTs that may change something', async () => {
    const { ask, asked, time } = stage();
    for (const request of [
      GET,
      { ...GET, url: 'http://metrics:9090/other' },
      { ...GET, headers: { Accept: 'a', Authorization: 'y' } },
      { ...GET, tls: { insecure: true } },
      { method: 'POST', body: 'q' },
      { method: 'POST', body: 'q' },
    ])
      void ask(request);
    await time.advance(0);
    expect(asked).toHaveLength(6);
  });

  it('are one request when they are POSTs that only ask, with one method and body', async () => {
    const { ask, asked, time } = stage();
    const query = { method: 'POST', body: 'query=up', changesNothing: true };
    const leaving = new AbortController();
    const left = ask({ ...query, signal: leaving.signal });
    const waiting = [ask(query), ask(query)];
    const others = [
      { ...query, body: 'query=down' },
      { ...query, body: new Uint8Array([1]) },
      { ...query, body: new Uint8Array([2]) },
      { ...query, method: 'PUT' },
    ].map(ask);
    await time.advance(0);
    expect(asked).toHaveLength(5);
    leaving.abort();
    expect(await left).toContain('canceled');
    for (const request of asked) request.resolve(answer(200));
    expect(new Set(await Promise.all([...waiting, ...others]))).toEqual(new Set(['200']));
    expect(asked).toHaveLength(5);
  });

  it('go on when one of those that wait leaves, the first one too, and end with the last', async () => {
    const { ask, asked, time } = stage();
    const [first, second] = [new AbortController(), new AbortController()];
    const left = ask({ ...GET, signal: first.signal });
    const other = ask({ ...GET, signal: second.signal });
    await time.advance(0);
    first.abort();
    expect(await left).toBe('canceled: Get "http://metrics:9090/q?[redacted]": context canceled');
    expect(asked[0]?.signal.aborted).toBe(false);
    second.abort();
    expect(await other).toContain('canceled');
    expect(asked[0]?.signal.aborted).toBe(true);
    void ask(GET);
    await time.advance(0);
    expect(asked).toHaveLength(2);
  });

  it('keep each its own time: a short one ends earlier, one with more time asks again', async () => {
    const { ask, asked, time } = stage();
    const first = ask({ ...GET, timeoutMs: 10_000 });
    const short = ask({ ...GET, timeoutMs: 2_000 });
    const long = ask({ ...GET, timeoutMs: 20_000 });
    await time.advance(2_000);
    expect(await short).toBe('timeout: Get "http://metrics:9090/q?[redacted]": context deadline exceeded');
    await time.advance(8_000);
    asked[0]?.fail('timeout');
    expect(await first).toBe('timeout: timeout');
    await time.advance(0);
    expect(asked[1]?.timeoutMs).toBe(10_000);
    asked[1]?.resolve(answer(200));
    expect(await long).toBe('200');
  });

  it('all fail with an error that is not about time', async () => {
    const { ask, asked, time } = stage();
    const all = [ask(GET), ask(GET)];
    await time.advance(0);
    asked[0]?.fail('tls');
    expect(await Promise.all(all)).toEqual(['tls: tls', 'tls: tls']);
    expect(asked).toHaveLength(1);
  });
});
