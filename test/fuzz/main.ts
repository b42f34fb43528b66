import fc from 'fast-check';
import { TARGETS } from './targets.js';

/** `npm run fuzz -- [--seconds N] [condition|spec|response]`: any input, for a while; exits 1 at the first fault. */
const USAGE = `usage: npm run fuzz -- [--seconds N] [--seed N] [${Object.keys(TARGETS).join('|')}]\n`;
/** Runs between two looks at the clock. */
const BATCH = 500;
/** No input may keep a worker longer: wide of the budget's 50 ms, for machines that do other things too. */
const SLOWEST_MS = 1_000;

async function main(args: readonly string[]): Promise<number> {
  let seconds = 60;
  let seed = Date.now() % 2 ** 31;
  const names: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--seconds') seconds = Number(args[++at]);
    else if (arg === '--seed') seed = Number(args[++at]);
    else names.push(arg);
  }
  const chosen = names.length > 0 ? names : Object.keys(TARGETS);
  if (!(seconds > 0) || !Number.isInteger(seed) || chosen.some((name) => TARGETS[name] === undefined)) {
    process.stderr.write(USAGE);
    return 64;
  }
  for (const name of chosen) if (!(await fuzz(name, seed, seconds / chosen.length))) return 1;
  return 0;
}

async function fuzz(name: string, first: number, seconds: number): Promise<boolean> {
  const property = TARGETS[name];
  if (property === undefined) return false;
  const end = performance.now() + seconds * 1_000;
  let seed = first;
  let runs = 0;
  let slowest = { ms: 0, seed };
  const timed: typeof property = {
    ...property,
    isAsync: () => true,
    generate: (random, run) => property.generate(random, run),
    shrink: (value) => property.shrink(value),
    runBeforeEach: () => property.runBeforeEach(),
    runAfterEach: () => property.runAfterEach(),
    run: async (value) => {
      const started = performance.now();
      const failure = await property.run(value);
      const ms = performance.now() - started;
      if (ms > slowest.ms) slowest = { ms, seed };
      if (ms > SLOWEST_MS) return { error: new Error(`took ${Math.round(ms)} ms`) };
      return failure;
    },
  };
  do {
    const details = await fc.check(timed, { seed, numRuns: BATCH });
    runs += details.numRuns;
    if (details.failed) {
      process.stdout.write(
        `${name}: a fault; again with --seed ${seed} ${name}\n${fc.defaultReportMessage(details)}\n`,
      );
      return false;
    }
    seed = (seed + 1) % 2 ** 31;
  } while (performance.now() < end);
  process.stdout.write(
    `${name}: ${runs} inputs from seed ${first}, no fault; the slowest took ${slowest.ms.toFixed(1)} ms (seed ${slowest.seed})\n`,
  );
  return true;
}

process.exitCode = await main(process.argv.slice(2));
