import { afterEach, describe, expect, it } from 'vitest';
import {
  type AnalysisRunStatus,
  MEASUREMENT_EVENT_TYPE,
  VERDICT_EVENT_TYPE,
  type WebhookEvent,
} from '../../../schemas/index.js';
import { statsTemplate } from '../../../service/cli/demo/checks.js';
import { askAssay } from '../../../service/cli/demo/judge.js';
import { createLoopbackClient, readBody, serveLoopback } from '../../../service/cli/demo/loopback.js';
import { paced } from '../../../service/cli/demo/pace.js';
import type { WebhookInbox } from '../../../service/cli/demo/webhook-inbox.js';
import { CleanupStack } from '../../../service/platform/index.js';

const cleanup = new CleanupStack();
afterEach(() =>
  cleanup.drain((_step, error) => {
    throw error;
  }),
);

const measurement = (second: number) => ({
  phase: 'Successful' as const,
  value: String(second),
  finishedAt: `2026-01-01T00:00:0${second}Z`,
});
const status = (measurements: number, more: Partial<AnalysisRunStatus> = {}): AnalysisRunStatus => ({
  phase: 'Running',
  metricResults: [
    { name: 'm', phase: 'Running', measurements: [1, 2, 3].slice(0, measurements).map(measurement) },
  ],
  ...more,
});
const event = (data: AnalysisRunStatus): WebhookEvent => {
  const rest = {
    specversion: '1.0',
    id: 'x',
    source: '/',
    time: '',
    datacontenttype: 'application/json',
  } as const;
  return data.verdict === undefined
    ? {
        ...rest,
        type: MEASUREMENT_EVENT_TYPE,
        data: { metadata: {}, status: data, metric: 'm', measurement: measurement(1) },
      }
    : { ...rest, type: VERDICT_EVENT_TYPE, data: { metadata: {}, status: data } };
};

interface Options {
  readonly status?: number;
  /** The events that arrive once the run is started. */
  readonly events?: readonly AnalysisRunStatus[];
  readonly refused?: readonly string[];
  readonly interrupt?: AbortController;
}

/** Asks an Assay that answers as the test says. */
async function asked({ status: answer = 201, events = [], refused = [], interrupt }: Options) {
  const bodies: unknown[] = [];
  const told: string[] = [];
  let open = 0;
  let deliver: (event: WebhookEvent) => void = () => undefined;
  const inbox: WebhookInbox = {
    refused,
    open(onEvent) {
      open++;
      deliver = onEvent;
      return {
        url: 'http://inbox/1',
        close() {
          open--;
        },
      };
    },
    close: () => Promise.resolve(),
  };
  const assay = await serveLoopback((request, response) => {
    void readBody(request, 100_000).then((body) => {
      bodies.push({ path: request.url, ...JSON.parse(body.toString()) });
      // A verdict may be quicker than the answer to the request that it is about.
      for (const each of events) deliver(event(each));
      interrupt?.abort(new Error('enough'));
      response.writeHead(answer).end('{"detail":"why"}');
    });
  });
  cleanup.defer('assay', () => assay.close());
  const client = createLoopbackClient();
  const judgement = await askAssay(
    {
      template: statsTemplate(paced(1)),
      args: [{ name: 'stats', value: 'http://place/stats' }],
      onMeasurement: (metric, { value }) => told.push(`${metric} ${value ?? ''}`),
      signal: (interrupt ?? new AbortController()).signal,
    },
    { assayUrl: assay.url, client, inbox, deadlineMs: 300 },
  ).catch((error: unknown) => error);
  client.close();
  return { judgement, bodies, told, open };
}

describe('the question to Assay', () => {
  it('is a run request with a callback, and its answer the webhook with the verdict', async () => {
    const done = status(3, { phase: 'Failed', verdict: 'rollback', message: 'too slow' });
    const { judgement, bodies, open } = await asked({ events: [status(1), done] });
    expect(bodies).toMatchObject([
      {
        path: '/v1/analysisruns',
        args: [{ name: 'stats', value: 'http://place/stats' }],
        callbacks: [{ url: 'http://inbox/1', events: ['measurement', 'verdict'] }],
      },
    ]);
    expect(judgement).toEqual({
      verdict: 'rollback',
      phase: 'Failed',
      message: 'too slow',
      metrics: done.metricResults,
    });
    expect(open).toBe(0);
  });

  it('tells each measurement once, whatever the order in which webhooks arrive', async () => {
    const done = status(3, { phase: 'Successful', verdict: 'promote' });
    const { told } = await asked({ events: [status(2), status(1), done] });
    expect(told).toEqual(['m 1', 'm 2', 'm 3']);
  });

  it('fails with what Assay says when it does not start the run', async () => {
    const { judgement, open } = await asked({ status: 422 });
    expect(judgement).toMatchObject({
      message: 'Assay did not start the run: 422 {"detail":"why"}',
      exitCode: 1,
    });
    expect(open).toBe(0);
  });

  it('does not wait for ever, and names the webhooks that were not believed', async () => {
    expect((await asked({ events: [status(1)] })).judgement).toMatchObject({
      message: 'no webhook brought a verdict within 0.3 s',
      exitCode: 1,
    });
    expect((await asked({ refused: ['bad signature'] })).judgement).toMatchObject({
      message: 'no webhook brought a verdict within 0.3 s; webhooks that were not believed: bad signature',
    });
  });

  it('is given up when the user interrupts', async () => {
    const { judgement, open } = await asked({ events: [status(1)], interrupt: new AbortController() });
    expect(judgement).toMatchObject({ message: 'enough' });
    expect(open).toBe(0);
  });
});
