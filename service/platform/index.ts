/** The door of `platform/`: configuration, logging, metrics and lifecycle. */
export type { AccessMethod, AccessMetrics, AccessOutcome, RefusalReason } from './access-metrics.js';
export * from './ca-file.js';
export * from './check-directory.js';
export * from './cleanup-stack.js';
export * from './clock.js';
export * from './config.js';
export { isLoopback } from './config-rules.js';
export * from './log.js';
export { withoutUserinfo } from './logged-error.js';
export * from './metrics.js';
export type { MetricObservation, RunObservation } from './run-metrics.js';
export * from './secret.js';
export * from './shutdown-times.js';
export * from './timers.js';
export { openTracing } from './tracing/open-tracing.js';
export { readTraceParent, TRACE_ANNOTATION, traceField } from './tracing/trace-parent.js';
export { noTracing, type Tracing } from './tracing/tracing.js';
export * from './version.js';
