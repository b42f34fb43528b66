import {
  diag,
  type DiagLogger,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Log } from '../log.js';
import type { TracingSettings } from './tracing-settings.js';
import { readTraceParent, writeTraceParent } from './trace-parent.js';
import type { SpanEnd, SpanStart, Tracing } from './tracing.js';

const KINDS: Readonly<Record<SpanStart['kind'], SpanKind>> = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  server: SpanKind.SERVER,
};

/** Spans that are sent in batches to a collector by OTLP over HTTP. A collector that is away costs spans and nothing else. */
export function startTracing({
  url,
  sampler,
  ratio,
  serviceName,
  version,
  log,
}: TracingSettings & { readonly version: string; readonly log: Log }): Tracing {
  diag.setLogger(warningsTo(log));
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    sampler: samplerOf(sampler, ratio),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
  });
  const tracer = provider.getTracer('assay', version);

  return {
    async span(start, work, end) {
      const span = tracer.startSpan(
        start.name,
        { kind: KINDS[start.kind], attributes: start.attributes },
        contextOf(start.parent),
      );
      const finish = ({ attributes = {}, error }: SpanEnd): void => {
        span.setAttributes(attributes);
        if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
        span.end();
      };
      try {
        const result = await work(headerOf(span.spanContext()));
        finish(end?.(result) ?? {});
        return result;
      } catch (error) {
        finish({ error: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    },
    async close() {
      try {
        await provider.shutdown();
      } catch (error) {
        log.warn({ err: error }, 'the last spans could not be sent');
      }
    },
  };
}

/** The context of a parent elsewhere. */
function contextOf(parent: string | undefined) {
  const place = readTraceParent(parent);
  if (place === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = place;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags & 1, isRemote: true });
}

const headerOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  writeTraceParent({ traceId, spanId, flags: traceFlags });

function samplerOf(name: TracingSettings['sampler'], ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

/** The library tells of a collector that is away by its own logger. */
function warningsTo(log: Log): DiagLogger {
  const nothing = (): void => undefined;
  const warn = (message: string): void => {
    log.warn({ reason: message }, 'traces: OpenTelemetry warns');
  };
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}
