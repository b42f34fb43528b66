import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { createApi } from '../../service/api/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

let engine: Engine;
let server: Server;
let base: string;
const stopping = new AbortController();

beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
  const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });
  const log = createLog({ level: 'silent' });
  server = createServer(
    createApi({ engine, metrics, log, measureOnce: notAsked, stopping: stopping.signal }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/analysisruns`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await engine.stop();
});

const labelled = (cluster: string): AnalysisRun =>
  runOf([metric('good')], {
    metadata: { name: 'a', namespace: 'shop', labels: { 'assay.dev/cluster': cluster } },
  });

it('changes of the runs that are asked for come over one connection, after a word that nothing is missed from here on', async () => {
  const answer = await fetch(`${base}?watch=true&namespace=shop&selector=assay.dev/cluster%3Deast`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ]);
  const verdicts = new Map<string, AnalysisRun>();
  let text = '';
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('event: ready') && (await engine.get('east-1')) === undefined) {
      await engine.create(labelled('west'), { id: 'west-1' });
      await engine.create(
        { ...labelled('east'), metadata: { ...labelled('east').metadata, namespace: 'other' } },
        { id: 'east-0' },
      );
      await engine.create(labelled('east'), { id: 'east-1' });
      await engine.create(labelled('east'), { id: 'east-2' });
    }
    for (const [, data] of text.matchAll(/event: run\ndata: (.*)\n\n/g)) {
      const run = JSON.parse(data ?? '') as AnalysisRun;
      if (run.status?.verdict !== undefined) verdicts.set(run.metadata?.uid ?? '', run);
    }
    if (verdicts.size >= 2) break;
  }
  expect(text.indexOf('event: ready')).toBeLessThan(text.indexOf('event: run'));
  expect([...verdicts.keys()].sort()).toEqual(['east-1', 'east-2']);
  const run = verdicts.get('east-1');
  expect(run).toMatchObject({ metadata: { name: 'a', namespace: 'shop' }, status: { phase: 'Successful' } });
  expect(run).not.toHaveProperty('spec');
  expect(text).not.toContain('west-1');
});

it('a run that is asked for is told of although one that was not had its id before', async () => {
  const answer = await fetch(`${base}?watch=true&selector=assay.dev/cluster%3Deast`);
  const endless = { ...labelled('west'), spec: { metrics: [metric('good', { interval: '1h' })] } };
  let text = '';
  let isAnother = false;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('event: ready') && (await engine.get('same')) === undefined) {
      await engine.create(endless, { id: 'same' });
      await engine.create({ ...endless, ...labelled('east') }, { id: 'later' });
    }
    if (!isAnother && text.includes('"uid":"later"')) {
      isAnother = true;
      await engine.forget('same');
      await engine.create(labelled('east'), { id: 'same' });
    }
    if (/"uid":"same".*"verdict"/.test(text)) break;
  }
  expect(text).not.toContain('west');
});

it('a run is told of once it has ended, where those that go on are told of later', async () => {
  const answer = await fetch(`${base}?watch=true&progress=1m`);
  let text = '';
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('event: ready') && (await engine.get('short')) === undefined)
      await engine.create(runOf([metric('good', { count: 3, interval: '20ms' })]), { id: 'short' });
    if (text.includes('"verdict"')) break;
  }
  const phases = [...text.matchAll(/event: run\ndata: (.*)\n\n/g)].map(
    ([, data]) => (JSON.parse(data ?? '') as AnalysisRun).status?.phase,
  );
  expect(phases).toEqual(['Successful']);
});

it('a watch with a misspelt parameter, or another value than true, is refused', async () => {
  for (const query of [
    'watch=true&selektor=a',
    'watch=yes',
    'watch=true&limit=3',
    'watch=true&progress=soon',
    'watch=true&progress=-1s',
    'watch=true&selector=!!',
  ]) {
    expect((await fetch(`${base}?${query}`)).status).toBe(400);
  }
});

it('only its head is the answer to HEAD, which ends', async () => {
  const answer = await fetch(`${base}?watch=true`, { method: 'HEAD', signal: AbortSignal.timeout(5_000) });
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    ...[200, 'text/event-stream; charset=utf-8', ''],
  ]);
  // The same connection answers what is asked for next.
  expect((await fetch(base, { signal: AbortSignal.timeout(5_000) })).status).toBe(200);
  const connections = await new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
  expect(connections).toBe(1);
});
