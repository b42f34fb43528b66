/**
 * The API over Redis in a process of its own, as `assay serve --role api` has it. Prints its port; takes the URL of Redis and
 * the prefix of its keys as arguments. `/usage` tells what it uses after a full collection.
 */
import { createServer } from 'node:http';
import { createApi } from '../../../service/api/index.js';
import { createRedisEngine } from '../../../service/engine/index.js';
import { createLog, createMetrics, Secret } from '../../../service/platform/index.js';
import { realDeps, scripted } from '../../engine/fixtures.js';
import { usedBytes } from '../../support/heap.js';

const [url = '', prefix = ''] = process.argv.slice(2);
const { deps } = realDeps(scripted(() => 'Successful').measure, { work: false, retentionMs: 3_600_000 });
const engine = createRedisEngine(deps, { url: new Secret(url), shards: 1, prefix });
await engine.start();
const api = createApi({
  engine,
  metrics: createMetrics({ version: '1', nodeMetrics: false }),
  log: createLog({ level: 'error' }),
  measureOnce: () => Promise.reject(new Error('nothing is measured here')),
});
const server = createServer((request, response) => {
  if (request.url !== '/usage') {
    api(request, response);
    return;
  }
  const usedHeap = usedBytes();
  const { user, system } = process.cpuUsage();
  response.end(JSON.stringify({ usedHeap, rss: process.memoryUsage().rss, cpuMs: (user + system) / 1_000 }));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  console.log(`port ${address.port}`);
});
