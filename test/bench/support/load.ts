import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../../service/engine/index.js';
import { type CpuTimes, cpuTimes } from './cpu.js';
import { noMetrics, prometheusRun, startRealEngine } from './real-engine.js';

const WARM_UP_MS = 5_000;
const MEASURE_MS = 10_000;
/** Runs started in a second by {@link startSpread}. */
const STARTS_A_SECOND = 1_000;
const STARTED_AT_ONCE = 10;

/** What was seen while a load went on. */
export interface Observation {
  readonly perSecond: number;
  /** Lateness of each piece of work, ms. */
  readonly lateness: readonly number[];
  /** CPU time of one piece of work, ms. */
  readonly cpu: CpuTimes;
}

/** Notes how late work began, while it is told to. */
export class Lateness {
  samples: number[] = [];
  #on = false;

  begin(): void {
    this.samples = [];
    this.#on = true;
  }

  note(ms: number): void {
    if (this.#on) this.samples.push(ms);
  }
}

/** Lets the load warm up, then looks at it for a while. */
export async function observe(lateness: Lateness, redis: Redis): Promise<Observation> {
  await delay(WARM_UP_MS);
  const before = await cpuTimes(redis);
  const beganAt = performance.now();
  lateness.begin();
  await delay(MEASURE_MS);
  const { samples } = lateness;
  const seconds = (performance.now() - beganAt) / 1_000;
  const after = await cpuTimes(redis);
  const each = (kind: keyof CpuTimes): number => (after[kind] - before[kind]) / samples.length;
  return {
    perSecond: samples.length / seconds,
    lateness: [...samples],
    cpu: { node: each('node'), redis: each('redis') },
  };
}

/** What load to make. */
export interface LoadOptions {
  /** Runs of one metric. */
  readonly series: number;
  readonly intervalMs: number;
  readonly redisUrl: string;
  /** Address of the stub that is asked. */
  readonly prometheus: string;
}

/** Runs that go on. */
export interface Load {
  readonly engine: Engine;
  readonly lateness: Lateness;
  /** Ends it. @throws Error when a measurement was not Successful. */
  stop(): Promise<void>;
}

/** Starts so many runs, at a rate at which their due times are spread: only then does lateness tell of what takes the measurements. */
export async function startSpread(count: number, start: (n: number) => Promise<unknown>): Promise<void> {
  const beganAt = performance.now();
  for (let n = 0; n < count; n += STARTED_AT_ONCE) {
    await delay(Math.max(0, beganAt + (n / STARTS_A_SECOND) * 1_000 - performance.now()));
    await Promise.all(Array.from({ length: STARTED_AT_ONCE }, (_, index) => start(n + index)));
  }
}

/** Starts as many one-metric runs as there are series, measured by the real provider and engine in this process. */
export async function startLoad({ series, intervalMs, redisUrl, prometheus }: LoadOptions): Promise<Load> {
  const lateness = new Lateness();
  let faults = 0;
  const { engine, close } = await startRealEngine(redisUrl, `real-${series}-${intervalMs}`, {
    ...noMetrics,
    measurementBegan: (seconds: number) => {
      lateness.note(seconds * 1_000);
    },
    measurementTaken: (_provider, phase) => {
      if (phase !== 'Successful') faults++;
    },
  });
  const runOf = (n: number) => prometheusRun(prometheus, { interval: `${intervalMs}ms` }, `checkout-${n}`);
  await startSpread(series, (n) => engine.create(runOf(n)));
  return {
    engine,
    lateness,
    async stop() {
      await close();
      if (faults > 0) throw new Error(`${faults} measurements were not Successful`);
    },
  };
}
