import { once } from 'node:events';
import { createServer } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { type ArgoMetrics, createArgoMetrics } from './argo-metrics.js';
import type { RunMirrorMetrics } from './runs/run-mirror.js';

/** Metrics of a controller, and the server that shows them beside the probes. */
export interface ControllerProbes {
  readonly metrics: RunMirrorMetrics & Omit<ArgoMetrics, 'refresh'>;
  /** An object was reviewed by the admission webhook. */
  reviewed(outcome: 'allowed' | 'refused' | 'faulty'): void;
  /** Why something can not be asked that nothing is done without; undefined: it can. Until then this replica is not ready. */
  trouble(about: string, reason: string | undefined): void;
  /** Whether this replica leads. */
  leads(isLeader: boolean): void;
  /** Port that it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * How often the lag of the event loop is looked at, ms. Every 10 ms, the default, costs half a percent of a core, which is as
 * much as hundreds of Rollouts at rest.
 */
const LAG_PRECISION_MS = 100;

/**
 * Listens for `GET /healthz` (this process is alive), `/readyz` (it leads, or waits for the lease that another one has; else 503
 * and why) and `/metrics`:
 * `assay_controller_leader`, `assay_controller_writes_total{what}`, `assay_controller_failures_total{side}`, `assay_controller_foreign_runs`,
 * `assay_controller_admissions_total{outcome}`, {@link ArgoMetrics} and Node's own.
 * @throws what Node says when the port can not be had.
 */
export async function startProbes(port: number): Promise<ControllerProbes> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  const registers = [registry];
  const leader = new Gauge({
    ...{ name: 'assay_controller_leader', help: 'Whether this replica leads.', registers },
  });
  const writes = new Counter({
    ...{ name: 'assay_controller_writes_total', labelNames: ['what'] as const, registers },
    help: 'Writes to the API server: status, event or delete.',
  });
  const failures = new Counter({
    ...{ name: 'assay_controller_failures_total', labelNames: ['side'] as const, registers },
    help: 'Requests that failed and are repeated, by the side that was asked: kubernetes or service.',
  });
  const admissions = new Counter({
    ...{ name: 'assay_controller_admissions_total', labelNames: ['outcome'] as const, registers },
    help: 'Objects that the admission webhook was asked about, by what came of it: allowed, refused, or faulty: no review.',
  });
  const foreign = new Gauge({
    ...{ name: 'assay_controller_foreign_runs', registers },
    help: 'Runs of other clusters that go on in the service under the name of this one.',
  });
  const argo = createArgoMetrics(registry);
  const troubles = new Map<string, string>();
  /** Reasons by kinds. */
  const unwatched = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/healthz' || path === '/readyz') {
      const told =
        path === '/healthz'
          ? []
          : [
              ...[...troubles].map(([about, reason]) => `${about}: ${reason}\n`),
              ...[...unwatched].map(([kind, reason]) => `${kind} objects can not be watched: ${reason}\n`),
            ];
      response.writeHead(told.length === 0 ? 200 : 503, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(told.join('') || 'ok\n');
      return;
    }
    if (path !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    argo.refresh();
    registry.metrics().then(
      (text) => response.setHeader('content-type', registry.contentType).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port);
  await once(server, 'listening');
  const address = server.address();
  return {
    metrics: {
      ...argo,
      wrote: (what) => {
        writes.inc({ what });
      },
      failed: (side) => {
        failures.inc({ side });
      },
      unwatched: (kind, reason) => {
        if (reason === undefined) unwatched.delete(kind);
        else unwatched.set(kind, reason);
      },
      foreign: (runs) => {
        foreign.set(runs);
      },
    },
    reviewed(outcome) {
      admissions.inc({ outcome });
    },
    trouble(about, reason) {
      if (reason === undefined) troubles.delete(about);
      else troubles.set(about, reason);
    },
    leads(isLeader) {
      leader.set(isLeader ? 1 : 0);
      // Whoever does not lead watches nothing.
      if (!isLeader) unwatched.clear();
    },
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
