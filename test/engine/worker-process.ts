/**
 * A worker in a process of its own, for tests that kill it: `worker-process.ts URL PREFIX`. Each measurement asks the HTTP
 * stub that the metric names and is Successful when that answers 200, so that the test sees and holds every one.
 */
import { createRedisEngine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { measurement, realDeps } from './fixtures.js';

const [url, prefix] = process.argv.slice(2);
if (url === undefined || prefix === undefined) throw new Error('usage: worker-process.ts URL PREFIX');

const { deps } = realDeps(async ({ metric, run, signal }) => {
  const response = await fetch(`${metric.metric.provider.web?.url ?? ''}?run=${run.id}`, { signal });
  return measurement(response.ok ? 'Successful' : 'Error', Date.now(), { value: await response.text() });
});
const engine = createRedisEngine(deps, {
  url: new Secret(url),
  shards: 2,
  prefix,
  lockMs: 1_000,
  heartbeatMs: 200,
});
await engine.start();
console.log('ready');
