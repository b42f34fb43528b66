import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { type Client, createClient } from './client.js';
import type { Evidence, Outage, RunEvidence, Sizes } from './evidence.js';
import { type Fault, faultText, isWorker, planFaults, type Topology, victimOf, WORKERS } from './faults.js';
import { type Outside, startOutside } from './outside.js';
import { type Random, seededRandom } from './random.js';
import { planRuns, type PlannedRun, requestOf } from './scenario.js';
import { startWorld, type World } from './world.js';

/** What a chaos run is. */
export interface ChaosOptions {
  readonly topology: Topology;
  readonly runs: number;
  readonly seed: number;
  /** Time in which there are faults, ms. */
  readonly faultsMs: number;
  /** How long Redis is away once, ms. Default: not at all. */
  readonly longOutageMs?: number;
  /** Time that is left for runs to end once it is quiet, ms. */
  readonly quietMs: number;
  readonly say: (line: string) => void;
}

/** Runs are started over this part of the time of faults. */
const STARTING = 0.7;
/** These leave others, or all, able to measure: they excuse no gap. */
const EXCUSES_NOTHING: ReadonlySet<Fault['kind']> = new Set([
  'killWorker',
  'jumpClock',
  'hangProviders',
  'killApi',
]);
/** How long callbacks and sizes may take, ms. */
const AFTERWARDS_MS = 30_000;

/** Starts runs while the service suffers, waits for their ends, and gives all that was seen of it from outside. */
export async function chaos(options: ChaosOptions): Promise<Evidence> {
  const { topology, seed, quietMs, say } = options;
  const random = seededRandom(seed);
  const planned = planRuns(options.runs, random);
  const outside = await startOutside(planned);
  const world = await startWorld(topology, outside);
  try {
    const before = await world.sizes();
    const client = createClient(world.apiUrl);
    const outages: Outage[] = [];
    say(`${topology}: ${planned.length} runs, faults for ${options.faultsMs / 1_000} s`);
    const starting = startRuns(planned, { ...options, client, outside, world });
    await suffer(world, random, { ...options, outages });
    const accepted = await starting;
    say(`${topology}: quiet after ${outages.length} faults`);
    const deadlineMs = Date.now() + quietMs;
    const runs = await Promise.all(
      planned.map((run) => seen(run, accepted.get(run.id) ?? 0, { client, outside, deadlineMs })),
    );
    for (const { id } of planned) await client.remove(id);
    const after = await sizesWhenBack(world, before);
    return { runs, outages, badAnswers: [...client.badAnswers, ...world.crashes()], before, after };
  } finally {
    await world.stop();
    await outside.close();
  }
}

/** Starts the runs evenly over most of the time of faults; gives when each was accepted. */
async function startRuns(
  planned: readonly PlannedRun[],
  how: {
    readonly faultsMs: number;
    readonly client: Client;
    readonly outside: Outside;
    readonly world: World;
  },
): Promise<ReadonlyMap<string, number>> {
  const { faultsMs, client, outside, world } = how;
  const { providerUrl, slowProviderUrl, callbackUrl } = outside;
  const accepted = new Map<string, number>();
  await Promise.all(
    planned.map(async (run, index) => {
      await delay((index * faultsMs * STARTING) / planned.length);
      const urls = { providerUrl: run.kind === 'slow' ? slowProviderUrl : providerUrl, callbackUrl };
      accepted.set(run.id, await world.keep(() => client.put(run.id, requestOf(run, urls))));
    }),
  );
  return accepted;
}

/** Faults until the time is over, and waits until all of them are. What can not be two things at once waits for its turn. */
async function suffer(
  world: World,
  random: Random,
  { topology, faultsMs, longOutageMs, outages, say }: ChaosOptions & { readonly outages: Outage[] },
): Promise<void> {
  const untilMs = Date.now() + faultsMs;
  const busy = new Map<string, Promise<void>>();
  for (const { afterMs, fault } of planFaults(topology, random, longOutageMs)) {
    await delay(afterMs);
    const victim = victimOf(fault);
    await busy.get(victim);
    // Somebody has to be left who measures, or it would not be a fault of the service that nobody does.
    while (fault.kind === 'killWorker' && [...busy.keys()].filter(isWorker).length >= WORKERS - 1)
      await Promise.race(busy.values());
    if (Date.now() >= untilMs) break;
    say(`  ${faultText(fault)}`);
    const fromMs = Date.now();
    const over = world.suffer(fault).then(() => {
      busy.delete(victim);
      const excuses = !EXCUSES_NOTHING.has(fault.kind);
      outages.push({ fault: fault.kind, fromMs, toMs: Date.now(), excuses });
    });
    busy.set(victim, over);
  }
  await Promise.all(busy.values());
}

/** What is seen of a run once it has ended, or the time for that is over. */
async function seen(
  planned: PlannedRun,
  acceptedAtMs: number,
  how: { readonly client: Client; readonly outside: Outside; readonly deadlineMs: number },
): Promise<RunEvidence> {
  const { id } = planned;
  const { client, outside, deadlineMs } = how;
  const run = await client.ended(id, deadlineMs);
  const endedAtMs = Date.now();
  const told = await eventually(
    'its callback is told',
    () => (outside.told(id).length > 0 ? outside.told(id) : undefined),
    AFTERWARDS_MS,
  ).catch(() => []); // Told as a broken invariant, with all others.
  return { planned, acceptedAtMs, endedAtMs, run, asked: outside.asked(id), told };
}

/** Sizes when they are what they were, or after a while. */
async function sizesWhenBack(world: World, before: Sizes): Promise<Sizes> {
  const untilMs = Date.now() + AFTERWARDS_MS;
  for (;;) {
    const sizes = await world.sizes();
    if (sizes.redisKeys <= before.redisKeys || Date.now() >= untilMs) return sizes;
    await delay(250);
  }
}
