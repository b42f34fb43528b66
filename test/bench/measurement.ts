import { Agent, request as httpRequest } from 'node:http';
import { systemClock } from '../../service/platform/index.js';
import {
  createEgressPolicy,
  createHttpClient,
  createResilientClient,
  type HttpRequest,
} from '../../service/providers/index.js';
import { createRealMeasuring } from '../support/real-measuring.js';
import { prepareRun } from '../../service/analysis/index.js';
import { report } from './figure.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { prometheusRun } from './support/real-engine.js';

const BENCH = 'measurement';
const BASELINE = 'the same request with node:http alone';
/** Requests at once: few of a worker's places are taken at a time. */
const AT_ONCE = 16;
const BATCH = 2_000;
const ROUNDS = 7;

/** CPU time of this process, ms: other work on the machine changes it less than it changes how long things take. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** CPU time, ms, of one call of `once`. */
async function costOf(once: () => Promise<void>): Promise<number> {
  const began = cpuMs();
  let left = BATCH;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (cpuMs() - began) / BATCH;
}

/** The request of the provider, without anything around it. */
function bareRequest(agent: Agent, { url, method, headers, body }: HttpRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent, headers }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (Buffer.concat(chunks).length > 0 && response.statusCode === 200) resolve();
        else reject(new Error('the stub did not answer'));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/**
 * CPU time of one measurement of Prometheus and of the layers below it, each beside the bare request of the same run. The
 * stub answers from a process of its own. What is told is the cheapest round of each: the others were disturbed.
 */
export async function run(): Promise<void> {
  const stub = await startPrometheusStub();
  const agent = new Agent({ keepAlive: true });
  const http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  const resilient = createResilientClient({ http, clock: systemClock });
  const { measuring, http: measuringHttp } = createRealMeasuring();
  const { signal } = new AbortController();
  const asked: HttpRequest = {
    method: 'POST',
    url: `${stub.url}/api/v1/query`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'query=sum%28rate%28http_requests_total%5B1m%5D%29%29&time=1764000000.123',
    timeoutMs: 30_000,
    signal,
  };
  const preparation = prepareRun(prometheusRun(stub.url, {}).spec);
  const metric = preparation.ok ? preparation.run.metrics[0] : undefined;
  if (metric === undefined) throw new Error('the run of the bench can not be prepared');
  const ways = {
    bare: () => bareRequest(agent, asked),
    client: async () => {
      if ((await http.request(asked)).status !== 200) throw new Error('the stub did not answer');
    },
    'client with the limits for servers': async () => {
      if ((await resilient.request(asked)).status !== 200) throw new Error('the stub did not answer');
    },
    'whole measurement': async () => {
      const run = { id: 'id', name: 'checkout', namespace: 'shop', startedAtMs: 0 };
      const { phase } = await measuring.measure({ op: 'measure', metric, args: [], run, signal });
      if (phase !== 'Successful') throw new Error(`a measurement was ${phase}`);
    },
  };
  try {
    const least = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, once] of Object.entries(ways)) {
        const cost = await costOf(once);
        // The first round warms up.
        if (round > 0) least.set(way, Math.min(cost, least.get(way) ?? cost));
      }
    }
    const bare = least.get('bare') ?? Number.NaN;
    for (const [way, value] of least) {
      if (way === 'bare') continue;
      report({
        bench: BENCH,
        figure: `CPU of a ${way}`,
        value,
        unit: 'ms',
        baseline: BASELINE,
        ratio: value / bare,
      });
    }
  } finally {
    agent.destroy();
    http.close();
    measuringHttp.close();
    await stub.stop();
  }
}
