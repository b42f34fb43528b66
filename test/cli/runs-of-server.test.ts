import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnalysisPhase } from '../../schemas/index.js';
import { metric, runOf, scripted } from '../engine/fixtures.js';
import { eventually } from '../support/eventually.js';
import { type ApiServer, startApiServer } from './fixtures/api-server.js';
import { command } from './fixtures/command.js';

let phase: AnalysisPhase = 'Successful';
let server: ApiServer;
beforeEach(async () => {
  phase = 'Successful';
  server = await startApiServer(scripted(() => phase).measure);
});
afterEach(() => server.close());

/** Starts a run that ends with its verdict at once, or not for an hour. */
async function started(kind: 'short' | 'endless', fields: Parameters<typeof runOf>[1] = {}): Promise<string> {
  const metrics = [metric('m', kind === 'endless' ? { interval: '1h', count: 2 } : {})];
  const { run: created } = await server.engine.create(runOf(metrics, fields));
  return created.metadata?.uid ?? '';
}

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
