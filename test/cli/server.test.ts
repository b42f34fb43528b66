import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnalysisPhase } from '../../schemas/index.js';
import { serverRuns } from '../../service/cli/runs/server-runs.js';
import { createServerClient } from '../../service/cli/server/client.js';
import { metric, runOf, scripted } from '../engine/fixtures.js';
import { eventually } from '../support/eventually.js';
import { type ApiServer, startApiServer } from './fixtures/api-server.js';
import { command, type CommandOptions, TEMPLATE } from './fixtures/command.js';

const ENDLESS = TEMPLATE.replace('name: latency', 'name: latency\n      interval: 1h\n      count: 2');
let phase: AnalysisPhase = 'Successful';
let server: ApiServer;
beforeEach(async () => {
  phase = 'Successful';
  server = await startApiServer(scripted(() => phase).measure);
});
afterEach(() => server.close());

/** `assay run --server`, with the template's argument. */
const run = (more: readonly string[] = [], options: CommandOptions = {}) =>
  command(['run', '-f', 't.yaml', '--arg', 'service=a', '--server', server.url, ...more], options);

/** Starts a run that ends with its verdict at once, or not for an hour. */
async function started(kind: 'short' | 'endless', fields: Parameters<typeof runOf>[1] = {}): Promise<string> {
  const metrics = [metric('m', kind === 'endless' ? { interval: '1h', count: 2 } : {})];
  const { run: created } = await server.engine.create(runOf(metrics, fields));
  return created.metadata?.uid ?? '';
}

describe('assay run --server', () => {
  it('measures at the server, shows how it goes, reports it, and ends as a run in the process does', async () => {
    phase = 'Failed';
    const { code, out, err } = await run();
    expect(out).toMatch(/^run [\da-f-]{36} at http:\/\/127\.0\.0\.1:\d+\/assay$/m);
    expect(out).toMatch(/ {2}latency #1 {2}Failed/);
    expect(out).toMatch(/^✖ shop\/checks-\w+ Failed: rollback/m);
    expect({ code, err }).toEqual({ code: 1, err: '' });
  });

  it('is what ASSAY_SERVER asks for, with the token of ASSAY_TOKEN', async () => {
    const env = { ASSAY_SERVER: server.url, ASSAY_TOKEN: 's3cret\n' };
    const { code, out, err } = await command(['run', '-f', 't.yaml', '--arg', 'service=a', '-o', 'json'], {
      env,
    });
    expect(JSON.parse(out)).toHaveProperty('status.verdict', 'promote');
    expect(new Set(server.authorizations)).toEqual(new Set(['Bearer s3cret']));
    expect(out + err).not.toContain('s3cret');
    expect(code).toBe(0);
  });

  it('terminates the run there when the time is up, and no output has a verdict', async () => {
    const files = { 't.yaml': ENDLESS };
    const { code, out, err } = await run(['--timeout', '300ms', '-o', 'json'], { files });
    expect(err).toContain('timed out after 300ms: the run was terminated\n');
    expect(JSON.parse(out)).toMatchObject({
      metadata: {
        annotations: { 'assay.dev/not-a-verdict': 'timed out after 300ms: the run was terminated' },
      },
      status: { phase: 'Successful', message: 'Run Terminated' },
    });
    expect(JSON.parse(out)).not.toHaveProperty('status.verdict');
    expect(code).toBe(124);
    const { items } = await server.engine.list({ limit: 10 });
    expect(items.map(({ status }) => status?.message)).toEqual(['Run Terminated']);
  });

  it('terminates the run there when interrupted', async () => {
    const stopping = new AbortController();
    const outcome = run([], { files: { 't.yaml': ENDLESS }, interrupt: stopping.signal });
    await eventually('the run is started', async () => (await server.engine.list({ limit: 1 })).items[0]);
    await eventually('the run is followed', () => (server.authorizations.length >= 3 ? true : undefined));
    stopping.abort();
    const { code, err } = await outcome;
    expect(err).toBe('interrupted: the run was terminated\n');
    expect(code).toBe(130);
  });

  it('starts nothing when interrupted before', async () => {
    const { code, err } = await run([], { interrupt: AbortSignal.abort() });
    expect(err).toBe('interrupted: no run was started\n');
    expect(code).toBe(130);
    expect(server.authorizations).toEqual([]);
  });

  it.each([
    ['ends the run that the server heard of', 200, /^interrupted: the run [\da-f-]{36} was terminated\n$/],
    [
      'names the run that the server may have heard of',
      503,
      /^interrupted: the run ([\da-f-]{36}) may have been started: `assay terminate \1 --server http:[^`]*` ends it\n$/,
    ],
  ])('hears an interruption while the start is not answered, and %s', async (_what, status, told) => {
    const stopping = new AbortController();
    server.intercept((request, response) => {
      if (request.method === 'PUT') stopping.abort();
      else
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(
            JSON.stringify({ metadata: { uid: 'x' }, spec: { metrics: [] }, status: { phase: 'Running' } }),
          );
    });
    const { code, err } = await run([], { interrupt: stopping.signal });
    expect(err).toMatch(told);
    expect(code).toBe(130);
  });

  it('names the run that a server may have started which then did not answer', async () => {
    server.intercept((request) => request.socket.resetAndDestroy());
    const times = { askMs: 20, retryMs: 10 };
    const runs = serverRuns(
      createServerClient({ url: server.url, token: () => Promise.resolve(undefined) }),
      { notify: () => undefined, times },
    );
    await expect(runs.start(runOf([metric('m')]), new AbortController().signal)).rejects.toThrow(
      /The run [\da-f-]{36} may have been started there: `assay watch [\da-f-]{36} --server http:[^`]*` tells\.$/,
    );
    await runs.close();
  });

  it('finds the run again when the server was away for a while', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const away = await startApiServer(
      scripted(async () => {
        await held;
        return phase;
      }).measure,
    );
    try {
      const args = ['run', '-f', 't.yaml', '--arg', 'service=a', '--server', away.url];
      const outcome = command(args);
      await eventually('the run is started', async () => {
        const { items } = await away.engine.list({ limit: 1 });
        return items[0];
      });
      await away.goAway();
      release();
      await eventually('the run is completed', async () => {
        const { items } = await away.engine.list({ limit: 1 });
        return items[0]?.status?.verdict;
      });
      await away.comeBack();
      const { code, out } = await outcome;
      expect(out).toContain('Successful: promote');
      expect(code).toBe(0);
    } finally {
      await away.close();
    }
  });

  it('that finds nobody there ends with 69 and says where, why, and what to do', async () => {
    await server.goAway();
    const { code, out, err } = await run();
    expect(err).toBe(
      `${server.url} can not be reached: connection refused: nothing listens there\n` +
        'Is it running? `assay serve` starts one; --server or ASSAY_SERVER names another.\n',
    );
    expect({ code, out }).toEqual({ code: 69, out: '' });
  });

  it('at a port that no request is sent to says so at once', async () => {
    const { code, err } = await run(['--server', 'http://127.0.0.1:1']);
    expect(err).toContain(
      'http://127.0.0.1:1 can not be reached: its port belongs to another protocol than HTTP',
    );
    expect(code).toBe(69);
  });

  it('is not asked again for a start once the time of --timeout is up', async () => {
    let asked = 0;
    server.intercept((_request, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    expect((await run(['--timeout', '1ms'])).code).toBe(69);
    expect(asked).toBe(1);
  });

  it('tells every fault that the server finds', async () => {
    server.intercept((_request, response) => {
      const errors = [
        { path: 'spec.metrics[0].interval', message: 'must be \u001b[31ma duration' },
        { path: '', message: 'too many metrics' },
      ];
      response.writeHead(422, { 'content-type': 'application/problem+json' });
      response.end(
        JSON.stringify({ type: 'about:blank', title: 'No', status: 422, detail: '2 faults', errors }),
      );
    });
    const { code, err } = await run();
    expect(err).toBe(
      `${server.url} answered 422: 2 faults\n  spec.metrics[0].interval: must be \\u001b[31ma duration\n  too many metrics\n`,
    );
    expect(code).toBe(64);
  });

  it.each([
    [401, 64, 'Give a token that it knows in ASSAY_TOKEN.'],
    [403, 64, 'The token of ASSAY_TOKEN does not allow this.'],
  ])('says what to do about a %i', async (status, exitCode, advice) => {
    server.intercept((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ type: 'about:blank', title: 'Not you', status }));
    });
    const { code, err } = await run();
    expect(err).toBe(`${server.url} answered ${status}: Not you\n${advice}\n`);
    expect(code).toBe(exitCode);
  });
});

describe('an answer that is not of Assay', () => {
  it.each([
    ['a page', 200, { 'content-type': 'text/html' }, 'answered 200 with text/html, which'],
    [
      'other JSON',
      200,
      { 'content-type': 'application/json' },
      'answered 200 with JSON that is no AnalysisRun, which',
    ],
    ['a missing page', 404, { 'content-type': 'text/html' }, 'answered 404 with text/html, which'],
    [
      'a login page elsewhere',
      302,
      { location: 'https://login.example.com/in?state=s3cret' },
      'answered 302 with a redirect to https://login.example.com/in, which',
    ],
  ])('such as %s is told, with a question about the address', async (_what, status, headers, told) => {
    server.intercept((_request, response) => {
      response.writeHead(status, headers).end(told.includes('JSON') ? '{"a":1}' : '<p>');
    });
    const { code, out, err } = await command(['get', 'x', '--server', server.url]);
    expect(err).toBe(`${server.url} ${told} is not what Assay answers: is the address right?\n`);
    expect({ code, out }).toEqual({ code: 69, out: '' });
  });
});

describe('the address of a server', () => {
  it.each([
    [
      'localhost:8080',
      '--server: must be an address such as http://127.0.0.1:8080, beginning with http:// or https://',
    ],
    [
      'ftp://host',
      '--server: must be an address such as http://127.0.0.1:8080, beginning with http:// or https://',
    ],
    [
      'http://user:s3cret@host',
      '--server: must not have a user or password in it: give a token in ASSAY_TOKEN',
    ],
    ['http://host/?key=s3cret', '--server: must not have a ? or # in it'],
  ])('%s is refused', async (address, told) => {
    const { code, err } = await command(['list', '--server', address]);
    expect({ code, err }).toEqual({ code: 64, err: `${told}\n` });
  });

  it('comes with the token of a file, read for each request, or is refused without showing it', async () => {
    const ask = (files: Readonly<Record<string, string>>, env = {}) =>
      command(['list', '--server', server.url], {
        ...{ files, env: { ASSAY_TOKEN_FILE: '/var/run/token', ...env } },
      });
    const { code } = await ask({ '/var/run/token': 's3cret\n' });
    expect([code, server.authorizations.at(-1)]).toEqual([0, 'Bearer s3cret']);
    const faults = await Promise.all([
      ask({}),
      ask({ '/var/run/token': ' \n' }),
      ask({ '/var/run/token': 's3cret and more' }),
      ask({ '/var/run/token': 'a' }, { ASSAY_TOKEN: 's3cret' }),
    ]);
    expect(faults.map(({ err }) => err)).toEqual([
      'ASSAY_TOKEN_FILE: /var/run/token: can not be read: no such file\n',
      'ASSAY_TOKEN_FILE: /var/run/token: is empty\n',
      'ASSAY_TOKEN_FILE: /var/run/token: must be one token, of letters, digits and signs, without spaces\n',
      'ASSAY_TOKEN_FILE: ASSAY_TOKEN is set as well: set one of them\n',
    ]);
    expect(faults.map((each) => each.code)).toEqual([64, 64, 64, 64]);
  });

  it.each([['list'], ['get', 'x'], ['terminate', 'x']])(
    'is given up by %s when its time is up',
    async (...args) => {
      server.intercept(() => undefined);
      const options = ['--server', server.url, '--timeout', '50ms'];
      const { code, err } = await command([...args, ...options]);
      server.intercept(undefined);
      expect({ code, err }).toEqual({ code: 124, err: 'timed out: no answer within 50ms\n' });
      const { err: told } = await command([...args, '--timeout', 'soon']);
      expect(told).toContain('--timeout: must be a duration such as 90s or 10m');
    },
  );

  it('is waited for as long as a timer can when the time is longer than that, and for parts of a millisecond', async () => {
    const options = ['list', '--server', server.url, '--timeout'];
    for (const weeks of ['720h', '2000h']) expect((await command([...options, weeks])).code).toBe(0);
    server.intercept(() => undefined);
    const { code, err } = await command([...options, '1.5ms']);
    server.intercept(undefined);
    expect({ code, err }).toEqual({ code: 124, err: 'timed out: no answer within 1.5ms\n' });
  });

  it('comes with a token that can be sent, or is refused without showing it', async () => {
    const env = { ASSAY_TOKEN: 's3cret\nhost: other' };
    const { code, err } = await command(['list', '--server', server.url], { env });
    expect(err).toBe('ASSAY_TOKEN: must be one token, of letters, digits and signs, without spaces\n');
    expect(code).toBe(64);
  });
});

describe('assay get', () => {
  it('shows a run as it is, and ends with 0 whatever its phase', async () => {
    phase = 'Failed';
    const id = await started('short');
    await server.engine.waitForCompletion(id, 5_000);
    const { code, out } = await command(['get', id, '--server', `${server.url}/`]);
    expect(out).toContain('✖ shop/checkout Failed: rollback');
    expect(code).toBe(0);
    const yaml = await command(['get', id, '-o', 'yaml'], { env: { ASSAY_SERVER: server.url } });
    expect(yaml.out).toContain(`uid: ${id}`);
  });

  it('of an unknown id ends with 64', async () => {
    const { code, out, err } = await command(['get', 'gone', '--server', server.url]);
    expect(err).toBe(`${server.url} answered 404: there is no run with the id "gone"\n`);
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });
});

describe('assay list', () => {
  it('shows the runs that fit, newest first, and says that there are more', async () => {
    const labels = (app: string) => ({ metadata: { name: app, namespace: 'shop', labels: { app } } });
    const first = await started('short', labels('one'));
    await server.engine.waitForCompletion(first, 5_000);
    const second = await started('endless', labels('two'));
    const all = await command(['list', '--server', server.url]);
    const lines = all.out.split('\n');
    expect(lines[0]).toMatch(/^ID +NAME +PHASE +VERDICT +STARTED/);
    expect(lines[1]).toMatch(new RegExp(`^${second} +shop/two +● Running`));
    expect(lines[2]).toMatch(new RegExp(`^${first} +shop/one +✔ Successful +promote +\\d+ m?s ago`));
    expect(all).toMatchObject({ code: 0, err: '' });

    const one = await command(['list', '--server', server.url, '--limit', '1', '-o', 'json']);
    expect(JSON.parse(one.out)).toMatchObject({
      kind: 'AnalysisRunList',
      items: [{ metadata: { uid: second } }],
    });
    expect(JSON.parse(one.out)).toHaveProperty('items.length', 1);
    expect(one.err).toBe('these are the newest 1: there are more, see --limit\n');

    for (const filter of [
      ['-l', 'app=one'],
      ['--phase', 'Successful'],
    ]) {
      const { out } = await command(['list', '--server', server.url, ...filter, '-o', 'json']);
      expect(JSON.parse(out)).toMatchObject({ items: [{ metadata: { uid: first } }] });
    }
    const none = await command(['list', '--server', server.url, '-n', 'other']);
    expect(none).toMatchObject({ code: 0, out: 'there are no such runs\n' });
  });

  it.each([
    [['--phase', 'Success'], 'answered 400: phase: must be one of'],
    [['-l', 'a ~ b'], 'answered 400: selector: "a ~ b" is no requirement such as app=checkout'],
    [
      ['--limit', '0'],
      "option '--limit <number>' argument '0' is invalid. It must be a number from 1 to 999999.",
    ],
  ])('refuses %j', async (filter, told) => {
    const { code, err } = await command(['list', '--server', server.url, ...filter]);
    expect(err).toContain(told);
    expect(code).toBe(64);
  });
});

describe('assay watch', () => {
  it.each([
    ['Failed', 1],
    ['Inconclusive', 3],
  ] as const)('of a run that ends %s ends with %i', async (end, exitCode) => {
    phase = end;
    const { code, out } = await command(['watch', await started('short'), '--server', server.url]);
    expect(out).toContain(`shop/checkout ${end}`);
    expect(code).toBe(exitCode);
  });

  it('leaves the run alone when the time is up or the user stops', async () => {
    const id = await started('endless');
    const late = await command(['watch', id, '--server', server.url, '--timeout', '50ms']);
    expect(late).toMatchObject({ code: 124, err: 'timed out after 50ms: the run goes on\n' });
    const stopping = new AbortController();
    const before = server.authorizations.length;
    const stopped = command(['watch', id, '--server', server.url], { interrupt: stopping.signal });
    // Read once, read again to be followed, and its stream of events.
    await eventually('it is followed', () => (server.authorizations.length >= before + 3 ? true : undefined));
    stopping.abort();
    expect(await stopped).toMatchObject({ code: 130, err: expect.stringMatching(/^interrupted/) as string });
    expect(await server.engine.get(id)).toHaveProperty('status.phase', 'Running');
  });

  it('of an unknown id ends with 64', async () => {
    const { code, err } = await command(['watch', 'gone', '--server', server.url]);
    expect(err).toBe(`${server.url} answered 404: there is no run with the id "gone"\n`);
    expect(code).toBe(64);
  });

  it('of a run that the server forgot ends with 69 and says why that may be', async () => {
    const id = await started('endless');
    const watching = command(['watch', id, '--server', server.url]);
    await eventually('the run is watched', () => (server.authorizations.length >= 3 ? true : undefined));
    await server.engine.forget(id);
    const { code, err } = await watching;
    expect(err).toBe(
      `${server.url} knows the run ${id} no more: a server without Redis forgets its runs when it ends\n`,
    );
    expect(code).toBe(69);
  });
});

describe('assay terminate', () => {
  it('ends a run, and says of one that had ended that it had', async () => {
    const id = await started('endless');
    const first = await command(['terminate', id, '--server', server.url]);
    expect(first.out).toMatch(/^shop\/checkout is (being terminated|terminated: Successful)\n$/);
    expect(first).toMatchObject({ code: 0, err: '' });
    await server.engine.waitForCompletion(id, 5_000);
    const again = await command(['terminate', id, '--server', server.url]);
    expect(again).toMatchObject({ code: 0, out: 'shop/checkout had ended before: Successful\n' });
  });

  it('of a server that is not there ends with 69', async () => {
    await server.goAway();
    const { code, err } = await command(['terminate', 'x', '--server', server.url]);
    expect(err).toContain('can not be reached: connection refused');
    expect(code).toBe(69);
  });
});
