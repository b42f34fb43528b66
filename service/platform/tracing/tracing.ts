import { readTraceParent } from './trace-parent.js';

/** What a span says of what it timed. Secrets have no place in it. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** What a span says once its work is done. */
export interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** The work went wrong, and why. */
  readonly error?: string;
}

/** A span to be. */
export interface SpanStart {
  readonly name: string;
  /** What it is for others: `client` asks another system, `internal` nobody, `producer` sends to who takes it later. */
  readonly kind: 'internal' | 'client' | 'producer' | 'server';
  /** `traceparent` of what it belongs to; absent or unreadable: it begins a trace. */
  readonly parent?: string | undefined;
  readonly attributes: SpanAttributes;
}

/** Traces: off unless OpenTelemetry's own variables turn them on. */
export interface Tracing {
  /**
   * Does the work within a span. `work` gets the `traceparent` to hand on: that of the span or, while traces are off, the parent's.
   * What it rejects with is told as the span's error, and passed on.
   */
  span<Result>(
    start: SpanStart,
    work: (traceParent: string | undefined) => Promise<Result>,
    end?: (result: Result) => SpanEnd,
  ): Promise<Result>;
  /** Sends what is left, for at most as long as OpenTelemetry's exporter waits. Never rejects. */
  close(): Promise<void>;
}

/** No spans; the context of callers is still handed on. */
export const noTracing: Tracing = {
  span: ({ parent }, work) => work(readTraceParent(parent) === undefined ? undefined : parent?.trim()),
  close: () => Promise.resolve(),
};
