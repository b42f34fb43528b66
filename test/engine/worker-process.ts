/**
 * A worker in a process of its own, for tests that kill it: `worker-process.ts URL PREFIX`. It measures with the real providers
 * and sends real webhooks; only its times are short, so that what a dead worker left is found soon.
 */
import { createDelivery } from '../../service/delivery/index.js';
import { createRedisEngine } from '../../service/engine/index.js';
import { createMetrics, Secret } from '../../service/platform/index.js';
import { noSecrets } from '../../service/providers/index.js';
import { createRealMeasuring } from '../support/real-measuring.js';
import { realDeps } from './fixtures.js';

const [url, prefix] = process.argv.slice(2);
if (url === undefined || prefix === undefined) throw new Error('usage: worker-process.ts URL PREFIX');

const { measuring, http } = createRealMeasuring();
const { deps } = realDeps(measuring.measure);
const engine = createRedisEngine(
  { ...deps, ...measuring },
  { url: new Secret(url), shards: 2, prefix, lockMs: 1_000, heartbeatMs: 200 },
);
await engine.start();
const { clock, log } = deps;
createDelivery({
  ...{ engine, http, clock, log, secrets: noSecrets },
  random: Math.random,
  metrics: createMetrics({ version: 'test', nodeMetrics: false }),
}).start();
console.log('ready');
