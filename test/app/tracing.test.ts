import { afterEach, describe, expect, it } from 'vitest';
import { openServer } from '../../service/app.js';
import { readTraceParent } from '../../service/platform/index.js';
import { startRecordingServer } from '../support/recording-server.js';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly boolValue?: boolean; readonly intValue?: number };
}
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number; readonly message?: string };
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A store, a receiver of webhooks, a collector, and the service between them. */
async function setUp(env: Readonly<Record<string, string>>) {
  const [store, receiver, collector] = await Promise.all([
    startRecordingServer(),
    startRecordingServer(),
    startRecordingServer(),
  ]);
  for (const server of [store, receiver, collector]) closing.push(() => server.close());
  store.answer([{ body: '{"value": 1}', headers: { 'content-type': 'application/json' } }]);
  receiver.answer([{ status: 204 }]);
  collector.answer([{ body: '{}', headers: { 'content-type': 'application/json' } }]);
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env };
  const server = await openServer({ ASSAY_LOG_LEVEL: 'silent', ...on }, { port: '0' });
  closing.push(() => server.close());

  /** Starts a run and answers it once its webhook was received; the server is closed then, so that all spans are sent. */
  const run = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const body = {
      kind: 'AnalysisRun',
      metadata: {
        ...{ name: 'checkout', namespace: 'shop' },
        annotations: {
          'assay.dev/callbacks': JSON.stringify([{ url: `${receiver.url}/hook?token=hidden` }]),
        },
      },
      spec: {
        metrics: [
          {
            ...{ name: 'errors', successCondition: 'result == 1' },
            provider: { web: { url: `${store.url}/value`, jsonPath: '{$.value}' } },
          },
        ],
      },
    };
    const start = () =>
      fetch(`${server.url}${path}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    expect((await start()).status).toBe(201);
    const ended = await fetch(`${server.url}${path}?wait=20s`);
    await expect.poll(() => receiver.requests.length, { timeout: 10_000 }).toBe(1);
    return { start, answer: (await ended.json()) as { metadata: { annotations: Record<string, string> } } };
  };
  const spans = async (): Promise<readonly SentSpan[]> => {
    await server.close();
    return collector.requests
      .map(({ body }) => JSON.parse(body) as Export)
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap((scope) => scope.spans);
  };
  return { run, spans, receiver, collector };
}

describe('traces', () => {
  it('go from the caller through creation, measurement and webhook to the receiver', async () => {
    const { run, spans, receiver, collector } = await setUp({ OTEL_SERVICE_NAME: 'assay-eu' });
    await run('/v1/analysisruns/one', { traceparent: CALLER });
    const received = receiver.requests[0]?.headers['traceparent'];
    const sent = await spans();
    const [created, measured, webhook] = ['PUT /v1/analysisruns', 'measure errors', 'webhook'].map((name) =>
      sent.filter((span) => span.name === name),
    );
    expect([created?.length, measured?.length, webhook?.length]).toEqual([1, 1, 1]);
    expect(new Set(sent.map(({ traceId }) => traceId))).toEqual(
      new Set(['4bf92f3577b34da6a3ce929d0e0e4736']),
    );
    expect(created?.[0]?.parentSpanId).toBe('00f067aa0ba902b7');
    for (const span of [measured?.[0], webhook?.[0]]) expect(span?.parentSpanId).toBe(created?.[0]?.spanId);
    expect(readTraceParent(received)).toMatchObject({ spanId: webhook?.[0]?.spanId, flags: 1 });
    expect(measured?.[0]?.attributes).toContainEqual({
      key: 'assay.measurement.phase',
      value: { stringValue: 'Successful' },
    });
    const [{ resource } = { resource: { attributes: [] } }] = (
      JSON.parse(collector.requests[0]?.body ?? '{}') as Export
    ).resourceSpans;
    expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'assay-eu' } });
    expect(JSON.stringify(sent)).not.toContain('hidden');
  });

  it('begin with the run when the caller has none, and a repeated request is still the same request', async () => {
    const { run, spans } = await setUp({});
    const { start, answer } = await run('/v1/analysisruns/two');
    expect((await start()).status).toBe(200);
    const place = readTraceParent(answer.metadata.annotations['assay.dev/traceparent']);
    const sent = await spans();
    expect(sent.find(({ name }) => name === 'measure errors')).toMatchObject({
      traceId: place?.traceId,
      parentSpanId: place?.spanId,
    });
  });

  it('that are off hand on what the caller brought, and send nothing', async () => {
    const { run, spans, receiver, collector } = await setUp({ OTEL_SDK_DISABLED: 'true' });
    await run('/v1/analysisruns/three', { traceparent: CALLER });
    expect(receiver.requests[0]?.headers['traceparent']).toBe(CALLER);
    await spans();
    expect(collector.requests).toEqual([]);
  });
});
