import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../service/cli/embedded.js';
import { embeddedRuns } from '../../service/cli/runs/embedded-runs.js';
import {
  type RecordedRequest,
  type RecordingServer,
  startRecordingServer,
} from '../support/recording-server.js';
import { command } from './fixtures/command.js';

let server: RecordingServer;
/** What came in at the hook. */
let hooks: RecordedRequest[];

beforeEach(async () => {
  server = await startRecordingServer();
  hooks = [];
});
afterEach(() => server.close());

/** Answers measurements with `ok`, and webhooks with the status. */
function answer(ok: boolean, hookStatus: number): void {
  server.answer((request) => {
    if (request.method === 'GET') return { body: JSON.stringify({ ok }) };
    hooks.push(request);
    return { status: hookStatus };
  });
}

const metrics = () => [
  {
    name: 'web',
    successCondition: 'result == true',
    provider: { web: { url: `${server.url}/measure`, jsonPath: '{$.ok}' } },
  },
];
const callbacks = () => [{ url: `${server.url}/hook?t=hunter2`, headers: { 'X-Key': 'hunter2' } }];
const requestFile = () => ({
  't.yaml': JSON.stringify({ templates: [{ spec: { metrics: metrics() } }], callbacks: callbacks() }),
});
const run = (files: Readonly<Record<string, string>>) =>
  command(['run', '-f', 't.yaml', '-o', 'json'], {
    files,
    openEmbedded: () => openEmbedded({}, () => undefined),
  });

describe('assay run with callbacks', () => {
  it('ends when the verdict was delivered', async () => {
    answer(true, 204);
    const { code, out, err } = await run(requestFile());
    expect([code, err]).toEqual([0, expect.not.stringContaining('warning') as unknown]);
    expect(hooks).toMatchObject([{ target: '/hook?t=hunter2', headers: { 'x-key': 'hunter2' } }]);
    expect(JSON.parse(hooks[0]?.body ?? '')).toMatchObject({ data: { status: { verdict: 'promote' } } });
    expect(`${out}${hooks[0]?.body ?? ''}`).not.toContain('hunter2');
  });

  it('takes those of the annotation of an AnalysisRun', async () => {
    answer(false, 204);
    const annotations = { 'assay.dev/callbacks': JSON.stringify(callbacks()) };
    const analysisRun = { kind: 'AnalysisRun', metadata: { annotations }, spec: { metrics: metrics() } };
    const { code, out } = await run({ 't.yaml': JSON.stringify(analysisRun) });
    expect([code, hooks.length]).toEqual([1, 1]);
    expect(out).not.toContain('hunter2');
  });

  it('tells of a webhook that was not delivered, and ends with the verdict all the same', async () => {
    answer(true, 410);
    const { code, err } = await run(requestFile());
    expect(code).toBe(0);
    expect(err).toContain(
      `warning: the webhook verdict-0 to ${server.url}/hook?[redacted] was not delivered: the receiver answered 410 Gone: it wants no more\n`,
    );
  });

  it('waits no longer than its grace for a receiver that does not take it', async () => {
    answer(true, 500);
    const assay = await openEmbedded({}, () => undefined);
    const warnings: string[] = [];
    const warn = (line: string) => warnings.push(line);
    const runs = await embeddedRuns(assay, { warn, webhookGraceMs: 600 });
    const annotations = { 'assay.dev/callbacks': JSON.stringify(callbacks()) };
    const never = new AbortController().signal;
    const { metadata } = await runs.start({ metadata: { annotations }, spec: { metrics: metrics() } }, never);
    for await (const _change of runs.changes(metadata?.uid ?? '', never)) continue;
    await runs.close();
    await assay.close();
    expect(hooks.length).toBeGreaterThan(0);
    expect(warnings).toEqual([
      `the webhook verdict-0 to ${server.url}/hook?[redacted] was not delivered: the receiver answered 500 Internal Server Error`,
    ]);
  });

  it.each(['run', 'lint'])(
    'is refused by %s with the place of a fault, and without showing what stands there',
    async (name) => {
      const files = {
        't.yaml': [
          'templates: [{ spec: { metrics: [{ name: m, provider: { web: { url: "http://x" } }, successCondition: "true" }] } }]',
          'callbacks:',
          '  - url: "ftp://me:hunter2@x"',
        ].join('\n'),
      };
      const { code, out, err } = await command([name, '-f', 't.yaml'], { files });
      expect(code).toBe(64);
      expect(`${out}${err}`).toContain(
        't.yaml:3:5: callbacks[0].url: must be an absolute http or https URL\n',
      );
      expect(`${out}${err}`).not.toContain('hunter2');
    },
  );
});
