/** Annotation of a run that keeps the `traceparent` it was asked for with: every process finds the run's trace by it. */
export const TRACE_ANNOTATION = 'assay.dev/traceparent';

/** A place in a trace, as W3C Trace Context names it: ids in lower-case hexadecimal. */
export interface TracePlace {
  readonly traceId: string;
  readonly spanId: string;
  /** Bit 0: the trace is recorded. */
  readonly flags: number;
}

/** Version `ff` is forbidden; later versions may have more fields, which are not looked at. */
const TRACE_PARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[\x21-\x7e]*)?$/;

/**
 * Reads a `traceparent` header.
 * @returns undefined when it is none: it is to be ignored then, whatever the caller meant.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceParent(text: string | undefined): TracePlace | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', rest] =
    TRACE_PARENT.exec(text?.trim() ?? '') ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The header for a place; the reverse of {@link readTraceParent}. */
export const writeTraceParent = ({ traceId, spanId, flags }: TracePlace): string =>
  `00-${traceId}-${spanId}-${(flags & 1).toString(16).padStart(2, '0')}`;

/** The field of log lines that tells the trace of a `traceparent`; empty without one. */
export function traceField(traceParent: string | undefined): { readonly traceId?: string } {
  const place = readTraceParent(traceParent);
  return place === undefined ? {} : { traceId: place.traceId };
}
