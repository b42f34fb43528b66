import { runFolder } from './run-folder.js';
import type { CaseResult } from './runner.js';
import { runners } from './runners/index.js';

/** `npm run vectors -- [--verbose] [FOLDER]`: replays recorded cases; exits 1 when any disagrees or cannot be run. */
const USAGE = 'usage: npm run vectors -- [--verbose] [FOLDER]\n';

interface Tally {
  agree: number;
  disagree: number;
  readonly deviate: Map<string, number>;
}

function emptyTally(): Tally {
  return { agree: 0, disagree: 0, deviate: new Map() };
}

function count(tally: Tally, result: CaseResult): void {
  if (result.outcome !== 'deviate') tally[result.outcome] += 1;
  else tally.deviate.set(result.rule ?? 'unnamed', (tally.deviate.get(result.rule ?? 'unnamed') ?? 0) + 1);
}

function describe({ agree, disagree, deviate }: Tally): string {
  const rules = [...deviate].map(([rule, number]) => `deviate ${number} (${rule})`);
  return [`agree ${agree}`, ...rules, `disagree ${disagree}`].join(', ');
}

async function main(args: readonly string[]): Promise<number> {
  const verbose = args.includes('--verbose');
  const [folder = import.meta.dirname, ...more] = args.filter((arg) => arg !== '--verbose');
  if (more.length > 0 || folder.startsWith('-')) {
    process.stderr.write(USAGE);
    return 64;
  }
  const total = emptyTally();
  for await (const { path, results } of runFolder(folder, runners)) {
    const groups = new Map<string, Tally>();
    for (const result of results) {
      const group = groups.get(result.group) ?? emptyTally();
      groups.set(result.group, group);
      count(group, result);
      count(total, result);
      if (verbose && result.outcome !== 'agree') {
        const rule = result.rule === undefined ? '' : ` (${result.rule})`;
        process.stdout.write(
          `${result.outcome}${rule} ${path} ${result.group} ${result.id}\n${result.details ?? ''}\n`,
        );
      }
    }
    for (const [name, tally] of groups) process.stdout.write(`${path} ${name}: ${describe(tally)}\n`);
  }
  process.stdout.write(`total: ${describe(total)}\n`);
  return total.disagree === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
