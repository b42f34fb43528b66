/**
 * A process that measures and sends webhooks, for tests that kill it: `sender-process.ts URL PREFIX`. Every measurement is
 * Successful.
 */
import { createDelivery } from '../../service/delivery/index.js';
import { createRedisEngine } from '../../service/engine/index.js';
import { createLog, createMetrics, Secret, systemClock } from '../../service/platform/index.js';
import { createEgressPolicy, createHttpClient, noSecrets } from '../../service/providers/index.js';
import { realDeps, scripted } from '../engine/fixtures.js';

const [url, prefix] = process.argv.slice(2);
if (url === undefined || prefix === undefined) throw new Error('usage: sender-process.ts URL PREFIX');

const { deps } = realDeps(scripted(() => 'Successful').measure, { deliveryLeaseMs: 2_000 });
const settings = { url: new Secret(url), shards: 2, prefix, lockMs: 1_000, heartbeatMs: 200 };
const engine = createRedisEngine(deps, settings);
await engine.start();
createDelivery({
  engine,
  http: createHttpClient({ egress: createEgressPolicy({ loopback: true }) }),
  secrets: noSecrets,
  clock: systemClock,
  random: () => 0,
  log: createLog({ level: 'silent' }),
  metrics: createMetrics({ version: 'test', nodeMetrics: false }),
}).start();
console.log('ready');
