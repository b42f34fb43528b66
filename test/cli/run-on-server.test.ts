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
