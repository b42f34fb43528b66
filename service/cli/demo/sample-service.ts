import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/index.js';
import { evenFractions, evenSpread } from './even-spread.js';
import { type LoopbackServer, serveLoopback } from './loopback.js';
import type { Release } from './release.js';
import { createReleaseStats, type ReleaseStats } from './release-stats.js';

/** Header of an answer that tells who gave it. */
export const VERSION_HEADER = 'x-version';

/** A place where a version of the sample service runs. */
export interface SampleService extends LoopbackServer {
  /** Replaces the version that runs here by another one, whose metrics begin at zero. */
  deploy(release: Release): void;
}

/** Answers requests as a version would. */
interface Running {
  readonly stats: ReleaseStats;
  answer(response: ServerResponse): void;
}

/**
 * The sample service, on a free port of loopback, with Prometheus' metrics at `/metrics` and the same about its last
 * `windowMs` at `/stats`. Everything else is what its users want of it.
 */
export async function startSampleService(
  release: Release,
  { windowMs, clock }: { readonly windowMs: number; readonly clock: Clock },
): Promise<SampleService> {
  let running = run(release, windowMs, clock);
  const server = await serveLoopback((request, response) => {
    switch (request.url) {
      case '/metrics':
        void presentMetrics(running.stats, response);
        return;
      case '/stats':
        answerJson(response, 200, running.stats.recent());
        return;
      default:
        running.answer(response);
    }
  });
  return {
    ...server,
    deploy(next) {
      running = run(next, windowMs, clock);
    },
  };
}

function run({ version, failingPercent, latencyMs }: Release, windowMs: number, clock: Clock): Running {
  const stats = createReleaseStats(version, windowMs, clock);
  const fails = evenSpread();
  const fraction = evenFractions();
  return {
    stats,
    answer(response) {
      const startedAt = performance.now();
      const status = fails(failingPercent) ? 500 : 200;
      setTimeout(
        () => {
          response.setHeader(VERSION_HEADER, version);
          answerJson(response, status, { version });
          // What it took, not what it should have taken: the demo shows measurements.
          stats.record(status, (performance.now() - startedAt) / 1_000);
        },
        latencyMs.least + (latencyMs.most - latencyMs.least) * fraction(),
      );
    },
  };
}

async function presentMetrics(stats: ReleaseStats, response: ServerResponse): Promise<void> {
  const text = await stats.exposition();
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  response.end(text);
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
