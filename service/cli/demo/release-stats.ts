import { Counter, Histogram, Registry } from 'prom-client';
import type { Clock } from '../../platform/index.js';

/** What the sample service says of its latest requests, as JSON, for those who have no Prometheus. */
export interface RecentRequests {
  readonly version: string;
  readonly windowSeconds: number;
  readonly requests: number;
  /** Share that did not end in a server error; null: there were no requests. */
  readonly successRate: number | null;
  /** 95 of 100 requests were at least as fast; null: there were no requests. */
  readonly p95Seconds: number | null;
}

/** The measurements that a version of the sample service takes of itself. */
export interface ReleaseStats {
  record(status: number, seconds: number): void;
  /** Prometheus' text format. */
  exposition(): Promise<string>;
  recent(): RecentRequests;
}

/** Upper bounds in seconds: closer together where a good version answers and where the limit of the demo is. */
const BUCKETS = [
  0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 2, 4,
];

interface Finished {
  readonly atMs: number;
  readonly failed: boolean;
  readonly seconds: number;
}

/** Counts requests both ways: for ever, as Prometheus wants it, and in a window of `windowMs`. */
export function createReleaseStats(version: string, windowMs: number, clock: Clock): ReleaseStats {
  const registry = new Registry();
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames: ['version', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer.',
    labelNames: ['version'],
    buckets: BUCKETS,
    registers: [registry],
  });
  // From zero on: a rate does not see the first value of a series.
  for (const code of ['200', '500']) requests.inc({ version, code }, 0);
  durations.zero({ version });

  const window: Finished[] = [];
  return {
    record(status, seconds) {
      requests.inc({ version, code: String(status) });
      durations.observe({ version }, seconds);
      window.push({ atMs: clock.nowMs(), failed: status >= 500, seconds });
      forget(window, clock.nowMs() - windowMs);
    },
    exposition: () => registry.metrics(),
    recent() {
      forget(window, clock.nowMs() - windowMs);
      const count = window.length;
      const failed = window.filter((each) => each.failed).length;
      return {
        version,
        windowSeconds: windowMs / 1_000,
        requests: count,
        successRate: count === 0 ? null : (count - failed) / count,
        p95Seconds: nearestRank(
          window.map(({ seconds }) => seconds),
          0.95,
        ),
      };
    },
  };
}

/** Takes away what was before `sinceMs`. */
function forget(window: Finished[], sinceMs: number): void {
  const first = window.findIndex(({ atMs }) => atMs >= sinceMs);
  window.splice(0, first === -1 ? window.length : first);
}

function nearestRank(values: readonly number[], quantile: number): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.ceil(quantile * sorted.length) - 1] ?? null;
}
