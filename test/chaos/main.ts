import { chaos } from './chaos.js';
import type { Topology } from './faults.js';
import { violationsIn } from './invariants.js';
import { reportOf } from './report.js';
import { WORKER_TIMES } from './times.js';

/** `npm run chaos -- [--short] [--seed N] [--runs N] [single|sentinel]`: exits 1 when an invariant was broken. */
const USAGE = 'usage: npm run chaos -- [--short] [--seed N] [--runs N] [single|sentinel]\n';

/** Runs and times of each form. */
const FORMS = {
  short: {
    runs: { single: 110, sentinel: 40 },
    faultsMs: { single: 50_000, sentinel: 16_000 },
    quietMs: 60_000,
  },
  long: {
    runs: { single: 700, sentinel: 300 },
    faultsMs: { single: 600_000, sentinel: 240_000 },
    quietMs: 180_000,
  },
} as const;
/** In the long form Redis is away once for as long as that, ms. */
const LONG_OUTAGE_MS = 60_000;
/** For a machine that has more to do than this. */
const SLACK_MS = 4_000;
/** Violations that are told once more at the end. */
const LAST_TOLD = 5;

async function main(args: readonly string[]): Promise<number> {
  let form: keyof typeof FORMS = 'long';
  let seed = Date.now() % 2 ** 31;
  let runs: number | undefined;
  const chosen: Topology[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (arg === '--short') form = 'short';
    else if (arg === '--seed') seed = Number(args[++at]);
    else if (arg === '--runs') runs = Number(args[++at]);
    else if (arg === 'single' || arg === 'sentinel') chosen.push(arg);
    else seed = Number.NaN;
  }
  if (!Number.isInteger(seed) || !(runs === undefined || runs > 0)) {
    process.stderr.write(USAGE);
    return 64;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(
    `chaos with seed ${seed}; again with: npm run chaos -- ${[...args.filter((each) => each === '--short'), '--seed', seed].join(' ')}`,
  );
  const broken: string[] = [];
  const { sweepMs, overdueAfterMs, lockMs } = WORKER_TIMES;
  for (const topology of chosen.length > 0 ? chosen : (['single', 'sentinel'] as const)) {
    const { quietMs, faultsMs, runs: usual } = FORMS[form];
    const evidence = await chaos({
      ...{ topology, seed, quietMs, say },
      ...(form === 'long' && topology === 'single' ? { longOutageMs: LONG_OUTAGE_MS } : {}),
      runs: runs ?? usual[topology],
      faultsMs: faultsMs[topology],
    });
    const violations = violationsIn(evidence, {
      // A lock that nobody renews runs out; two looks at what stands still, half a lock apart each, take the job back.
      lockMs: lockMs * 2,
      sweepMs: sweepMs + overdueAfterMs,
      slackMs: SLACK_MS,
    });
    say(reportOf(topology, evidence, violations));
    broken.push(...violations.map(({ invariant, what }) => `${topology}: ${invariant}: ${what}`));
  }
  // Once more at the end, where whoever sees only that finds them.
  for (const each of broken.slice(0, LAST_TOLD)) say(each);
  return broken.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
