/**
 * `npm run conformance -- [--run PATTERN] [--short] [--parallel N] [--list]`: runs Argo Rollouts' own end-to-end suite against
 * this controller and service on a control plane of its own, and tells how each scenario went. Ends with 1 when one fails that
 * is not among the known differences, or when one of those passes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { programPath, testsFolder } from '../built/binaries.js';
import { inParallel } from './in-parallel.js';
import { KNOWN_DIFFERENCES } from './known-differences.js';
import { type Result, scenarioRunner } from './run-scenario.js';
import { chooseScenarios, type Scenario, scenariosIn } from './scenarios.js';
import { SHORT } from './short.js';
import { judge, totals } from './verdict.js';
import { startWorld } from './world.js';

const PROGRAM = 'argo-e2e.test';
/** Scenarios mostly wait. */
const PARALLEL = '8';

const { values } = parseArgs({
  // As `go test` has it.
  args: process.argv.slice(2).map((arg) => (arg === '-run' ? '--run' : arg)),
  options: {
    run: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
    parallel: { type: 'string', default: PARALLEL },
    list: { type: 'boolean', default: false },
  },
});

// Whatever was started ends with this process: each listens for its end.
process.setMaxListeners(50);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (!existsSync(programPath(PROGRAM))) fail(69, 'the suite is not built yet: npm run control-plane');
else if (!/^[1-9]\d*$/.test(values.parallel))
  fail(64, `--parallel: must be a number, not ${values.parallel}`);
else await main();

function fail(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}

async function main(): Promise<void> {
  const chosen = chooseScenarios(scenarios(), new RegExp(values.run), values.short ? SHORT : undefined);
  if (chosen.length === 0) {
    fail(64, `no scenario is called ${values.run}: --list names them`);
    return;
  }
  if (values.list) {
    process.stdout.write(`${chosen.map(({ name }) => name).join('\n')}\n`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'assay-conformance-'));
  const results = await runAll(chosen, folder).catch((error: unknown) => {
    process.stderr.write(`logs: ${folder}\n`);
    throw error;
  });
  const isGood = results.every((result) => judge(result, KNOWN_DIFFERENCES).isGood);
  process.stdout.write(`\n${totals(results, KNOWN_DIFFERENCES)}\n`);
  if (isGood) await rm(folder, { recursive: true });
  else process.stdout.write(`logs: ${folder}\n`);
  process.exitCode = isGood ? 0 : 1;
}

function scenarios(): readonly Scenario[] {
  const folder = testsFolder(PROGRAM);
  const files = readdirSync(folder).filter((name) => name.endsWith('_test.go'));
  return scenariosIn(files.map((name) => readFileSync(join(folder, name), 'utf8')));
}

async function runAll(chosen: readonly Scenario[], folder: string): Promise<readonly Result[]> {
  const world = await startWorld(folder);
  try {
    const run = scenarioRunner(PROGRAM, world.cluster, folder);
    return await inParallel(chosen, Number(values.parallel), async (scenario) => {
      const result = await run(scenario);
      process.stdout.write(`${judge(result, KNOWN_DIFFERENCES).text}\n`);
      return result;
    });
  } finally {
    await world.stop();
  }
}
