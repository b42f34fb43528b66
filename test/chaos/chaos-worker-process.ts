/**
 * A worker of the chaos suite: `chaos-worker-process.ts URL SHARDS [PORT]`. It measures with the real providers and sends real webhooks; only
 * its times are short, so that what a dead worker left is found soon. With a port it answers requests, too, so that it measures what it is
 * asked for first. A number that it is sent makes its clock jump by so many ms.
 */
import { createServer } from 'node:http';
import { createApi, listen } from '../../service/api/index.js';
import { createDelivery } from '../../service/delivery/index.js';
import { createMeasureOnce, createRedisEngine } from '../../service/engine/index.js';
import { CleanupStack, createMetrics, Secret, SharedClock } from '../../service/platform/index.js';
import { noSecrets } from '../../service/providers/index.js';
import { realDeps } from '../engine/fixtures.js';
import { createRealMeasuring } from '../support/real-measuring.js';
import { WORKER_TIMES } from './times.js';

const [url, shards, port] = process.argv.slice(2);
if (url === undefined || shards === undefined)
  throw new Error('usage: chaos-worker-process.ts URL SHARDS [PORT]');

// Everything in the process sees the jump, the libraries included; what waits, waits as long as before, as with a real one.
const machineNow = Date.now.bind(Date);
let jumpMs = 0;
class JumpingDate extends Date {
  constructor(...values: readonly [] | readonly [number | string | Date]) {
    super(...((values.length === 0 ? [machineNow() + jumpMs] : values) as [number]));
  }

  static override now(): number {
    return machineNow() + jumpMs;
  }
}
Object.defineProperty(globalThis, 'Date', { value: JumpingDate });
process.on('message', (message) => {
  jumpMs = Number(message);
});

const clock = new SharedClock();
const { measuring, http } = createRealMeasuring(clock);
const { deps } = realDeps(measuring.measure, {
  retentionMs: 3_600_000,
  concurrency: 50,
  sweepIntervalMs: WORKER_TIMES.sweepMs,
  overdueAfterMs: WORKER_TIMES.overdueAfterMs,
  deliveryLeaseMs: WORKER_TIMES.leaseMs,
});
const engine = createRedisEngine(
  { ...deps, ...measuring, clock },
  {
    ...{ url: new Secret(url), shards: Number(shards) },
    lockMs: WORKER_TIMES.lockMs,
    heartbeatMs: WORKER_TIMES.heartbeatMs,
  },
);
await engine.start();
const { log } = deps;
const metrics = createMetrics({ version: 'test', nodeMetrics: false });
createDelivery({
  ...{ engine, http, clock, log, secrets: noSecrets, metrics },
  random: Math.random,
}).start();
if (port !== undefined) {
  const api = createApi({ engine, metrics, log, measureOnce: createMeasureOnce(measuring, clock) });
  const at = { port: Number(port), host: '127.0.0.1', graceMs: 0 };
  const where = await listen(
    createServer(api),
    at,
    new CleanupStack({ totalTimeoutMs: 0, stepTimeoutMs: 0 }),
  );
  console.log(`listens on ${where}`);
}
console.log('ready');
