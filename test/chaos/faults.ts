import type { Random } from './random.js';

/** What is done to the service. Times in ms. */
export type Fault =
  | { readonly kind: 'killWorker'; readonly worker: number; readonly downMs: number }
  | { readonly kind: 'killApi'; readonly downMs: number }
  | { readonly kind: 'restartRedis'; readonly downMs: number }
  | { readonly kind: 'cutNetwork'; readonly downMs: number }
  | { readonly kind: 'stallNetwork'; readonly downMs: number }
  | { readonly kind: 'slowNetwork'; readonly latencyMs: number; readonly downMs: number }
  | { readonly kind: 'jumpClock'; readonly worker: number; readonly jumpMs: number }
  | { readonly kind: 'hangProviders'; readonly downMs: number }
  | { readonly kind: 'failOver' };

/** A fault, and how long it is quiet before. */
export interface PlannedFault {
  readonly afterMs: number;
  readonly fault: Fault;
}

export const WORKERS = 3;
const JUMP_MS = 5 * 60_000;

/** What can be done to a Redis of each kind. Clock jumps and kills are what happens most. */
const KINDS = {
  single: [
    ...['killWorker', 'killWorker', 'jumpClock', 'jumpClock', 'restartRedis', 'cutNetwork'],
    ...['stallNetwork', 'slowNetwork', 'hangProviders', 'killApi'],
  ],
  sentinel: ['failOver', 'killWorker', 'jumpClock', 'hangProviders', 'failOver', 'killApi'],
} as const;
export type Topology = keyof typeof KINDS;

/**
 * A sequence of faults without an end, at first a long time without Redis, if any. Each kind comes once in a round, in an order of chance, so that a short run has all of them.
 */
export function* planFaults(
  topology: Topology,
  random: Random,
  longOutageMs?: number,
): Generator<PlannedFault, never> {
  if (longOutageMs !== undefined)
    yield { afterMs: 20_000, fault: { kind: 'restartRedis', downMs: longOutageMs } };
  for (;;) {
    const round: string[] = [...KINDS[topology]];
    while (round.length > 0) {
      const [kind = ''] = round.splice(random.whole(0, round.length - 1), 1);
      yield { afterMs: random.whole(300, 2_000), fault: faultOf(kind, random) };
    }
  }
}

function faultOf(kind: string, random: Random): Fault {
  const downMs = random.whole(200, 3_000);
  const worker = random.whole(0, WORKERS - 1);
  switch (kind) {
    case 'killWorker':
      return { kind, worker, downMs };
    case 'jumpClock':
      return { kind, worker, jumpMs: random.pick([JUMP_MS, -JUMP_MS]) };
    case 'slowNetwork':
      return { kind, latencyMs: random.whole(20, 80), downMs: downMs + 1_000 };
    case 'failOver':
      return { kind };
    case 'killApi':
    case 'restartRedis':
    case 'cutNetwork':
    case 'stallNetwork':
    case 'hangProviders':
      return { kind, downMs };
    default:
      throw new RangeError(`there is no fault ${kind}`);
  }
}

/** What a fault is done to. */
export function victimOf(fault: Fault): string {
  switch (fault.kind) {
    case 'killWorker':
    case 'jumpClock':
      return `worker ${fault.worker}`;
    case 'killApi':
      return 'api';
    case 'hangProviders':
      return 'provider';
    case 'restartRedis':
    case 'cutNetwork':
    case 'stallNetwork':
    case 'slowNetwork':
    case 'failOver':
      return 'redis';
  }
}

/** Whether a victim is a worker. */
export const isWorker = (victim: string): boolean => victim.startsWith('worker');

/** A fault in a line of a log. */
export function faultText(fault: Fault): string {
  const { kind, ...rest } = fault;
  return [kind, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ');
}
