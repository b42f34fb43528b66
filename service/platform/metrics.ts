import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ATTEMPT_OUTCOMES } from '../../schemas/index.js';
import { type AccessMetrics, createAccessMetrics } from './access-metrics.js';
import { observeRuns, type RunObservation } from './run-metrics.js';

/** Outcomes of an attempt to deliver a webhook, as the label `outcome`. */
export type WebhookOutcome = (typeof ATTEMPT_OUTCOMES)[number];
/** States of the queue, as the label `state`. */
export type QueueState = 'waiting' | 'delayed' | 'active' | 'overdue';

/** What is asked at each scrape. */
export interface MetricsSource {
  /** Runs the engine holds, newest first; the collector takes the first {@link Metrics.maxObservedRuns}. */
  runs(): Promise<Iterable<RunObservation>>;
  /** Number of runs by phase. */
  runsByPhase(): Promise<Readonly<Record<string, number>>>;
  /** Number of due measurements by state. */
  queueDepth(): Promise<Readonly<Partial<Record<QueueState, number>>>>;
  /** Number of webhooks that are to be tried, now or later. */
  pendingWebhooks(): Promise<number>;
  /** Number of completed runs that are still to be archived; undefined: there is no archive. */
  archiveBacklog(): Promise<number | undefined>;
  /** Whether runs are kept where it is safe, and new ones can be: what `/readyz` goes by, or warns of. */
  isWell(): Promise<boolean>;
  /** Told why a scrape has no gauges of runs and queue. */
  failed(error: unknown): void;
}

/** Assay's metrics of itself. Durations are in seconds. Labels come from closed sets. */
export interface Metrics extends AccessMetrics {
  /** A measurement ended: `assay_measurements_total` and `assay_measurement_duration_seconds`. */
  measurementTaken(provider: string, phase: string, durationSeconds: number): void;
  /** How long after its due time a measurement began: `assay_measurement_lateness_seconds`. */
  measurementBegan(latenessSeconds: number): void;
  /** A run ended: `assay_verdicts_total`. */
  verdictReached(phase: string): void;
  /** A completed run was to be archived: `assay_archive_writes_total`. */
  runArchived(outcome: 'kept' | 'failed'): void;
  /** A webhook was tried: `assay_webhook_attempts_total`. */
  webhookTried(outcome: WebhookOutcome): void;
  /** A webhook came to its end, after however many attempts: `assay_webhooks_total`. */
  webhookEnded(state: 'delivered' | 'failed'): void;
  /** Where the gauges of runs and queue come from, asked at each scrape; a later call replaces the source. */
  observe(source: MetricsSource): void;
  /**
   * The text for `/metrics`. While the source fails or does not answer in time, its gauges are left out, for old numbers
   * would be lies, and `assay_engine_up` is 0: all else is known, and most wanted just then. It is 0 as well while the source
   * is not well.
   */
  text(): Promise<string>;
  /** Content type of {@link Metrics.text}. */
  readonly contentType: string;
  /** At most this many runs get series of their own, newest first, so that finished runs can not make the scrape grow. */
  readonly maxObservedRuns: number;
}

/** Options of {@link createMetrics}. */
export interface MetricsOptions {
  /** Version of Assay for `assay_build_info`. */
  readonly version: string;
  /** Add Node's own metrics (event loop, memory, CPU). Default true. */
  readonly nodeMetrics?: boolean;
  /** See {@link Metrics.maxObservedRuns}. Default 500. */
  readonly maxObservedRuns?: number;
  /** Time the source has to answer, in ms: far less than Prometheus waits for a scrape. Default 1.5 s. */
  readonly sourceTimeoutMs?: number;
}

const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LATENESS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120];

/** Metrics on a registry of their own: two apps in one process, as in tests, do not meet. */
export function createMetrics({
  version,
  nodeMetrics = true,
  maxObservedRuns = 500,
  sourceTimeoutMs = 1_500,
}: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  let source: MetricsSource | undefined;

  if (nodeMetrics) collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'assay_build_info', help: 'Version of Assay.', labelNames: ['version'], registers }).set(
    { version },
    1,
  );
  const measurements = new Counter({
    name: 'assay_measurements_total',
    help: 'Measurements taken, by provider and phase.',
    labelNames: ['provider', 'phase'],
    registers,
  });
  const durations = new Histogram({
    name: 'assay_measurement_duration_seconds',
    help: 'Time a measurement took.',
    labelNames: ['provider'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const lateness = new Histogram({
    name: 'assay_measurement_lateness_seconds',
    help: 'Time between when a measurement was due and when it began.',
    buckets: LATENESS_BUCKETS,
    registers,
  });
  const verdicts = new Counter({
    name: 'assay_verdicts_total',
    help: 'Runs ended, by phase.',
    labelNames: ['phase'],
    registers,
  });
  const attempts = new Counter({
    name: 'assay_webhook_attempts_total',
    help: 'Attempts to deliver a webhook, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const ended = new Counter({
    name: 'assay_webhooks_total',
    help: 'Webhooks that came to their end, by state: delivered, or failed: given up after 24 hours, or not wanted any more.',
    labelNames: ['state'],
    registers,
  });
  // From the start: an increase from nothing to one is none for Prometheus.
  for (const state of ['delivered', 'failed']) ended.inc({ state }, 0);
  const archived = new Counter({
    name: 'assay_archive_writes_total',
    help: 'Completed runs written to the archive, by outcome: kept, or failed and to be tried again.',
    labelNames: ['outcome'],
    registers,
  });
  const up = new Gauge({
    name: 'assay_engine_up',
    help: 'Whether runs and queue could be asked for this scrape (if not, their gauges are missing), and what is new can be stored, and safely.',
    registers,
  });
  const phases = new Gauge({
    name: 'assay_runs',
    help: 'Runs held, by phase.',
    labelNames: ['phase'],
    registers,
  });
  const pending = createOptionalGauge(registry, {
    name: 'assay_webhooks_pending',
    help: 'Webhooks that are to be tried, now or later.',
  });
  const depths = new Gauge({
    name: 'assay_queue_depth',
    help: 'Due and future measurements, by state.',
    labelNames: ['state'],
    registers,
  });
  const backlog = createOptionalGauge(registry, {
    name: 'assay_archive_backlog',
    help: 'Completed runs that are still to be archived; they are kept in Redis until then.',
  });
  const runs = observeRuns(registry, maxObservedRuns);
  const refresh = (observed: Observed | undefined): void => {
    up.set(Number(observed?.isWell ?? false));
    runs.refresh(observed?.runs ?? []);
    phases.reset();
    for (const [phase, count] of Object.entries(observed?.byPhase ?? {})) phases.set({ phase }, count);
    pending(observed?.pendingWebhooks);
    backlog(observed?.backlog);
    depths.reset();
    for (const [state, depth] of Object.entries(observed?.depths ?? {})) depths.set({ state }, depth);
  };

  return {
    ...createAccessMetrics(registry),
    contentType: registry.contentType,
    maxObservedRuns,
    measurementTaken(provider, phase, durationSeconds) {
      measurements.inc({ provider, phase });
      durations.observe({ provider }, durationSeconds);
    },
    measurementBegan(latenessSeconds) {
      lateness.observe(Math.max(0, latenessSeconds));
    },
    verdictReached(phase) {
      verdicts.inc({ phase });
    },
    runArchived(outcome) {
      archived.inc({ outcome });
    },
    webhookTried(outcome) {
      attempts.inc({ outcome });
    },
    webhookEnded(state) {
      ended.inc({ state });
    },
    observe(newSource) {
      source = newSource;
    },
    async text() {
      refresh(source === undefined ? undefined : await observed(source, sourceTimeoutMs));
      return registry.metrics();
    },
  };
}

/** A gauge without labels that is not there while its value is not known: the library would tell 0. */
function createOptionalGauge(
  registry: Registry,
  about: { readonly name: string; readonly help: string },
): (value: number | undefined) => void {
  const gauge = new Gauge({ ...about, registers: [] });
  return (value) => {
    registry.removeSingleMetric(about.name);
    if (value === undefined) return;
    gauge.set(value);
    registry.registerMetric(gauge);
  };
}

/** What a source answered. */
interface Observed {
  readonly runs: Iterable<RunObservation>;
  readonly byPhase: Readonly<Record<string, number>>;
  readonly depths: Readonly<Partial<Record<QueueState, number>>>;
  readonly pendingWebhooks: number;
  readonly backlog: number | undefined;
  readonly isWell: boolean;
}

/** Undefined: the source, which is told why, failed or did not answer in time. */
async function observed(source: MetricsSource, timeoutMs: number): Promise<Observed | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    const asked = Promise.all([
      source.runs(),
      source.runsByPhase(),
      source.queueDepth(),
      source.pendingWebhooks(),
      source.archiveBacklog(),
      source.isWell(),
    ]);
    const [runs, byPhase, depths, pendingWebhooks, backlog, isWell] = await Promise.race([asked, late]);
    return { runs, byPhase, depths, pendingWebhooks, backlog, isWell };
  } catch (error) {
    source.failed(error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
