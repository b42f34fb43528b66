/**
 * `npm test`: everything that has to hold, in a clone that may not even have its dependencies yet.
 * Plain JavaScript on Node's own modules for that reason. Every stage runs, also after one has failed, so that one run
 * tells everything; the last line sums up the tests of all vitest projects.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installed } from './installed.mjs';

const root = join(import.meta.dirname, '..');
const reports = mkdtempSync(join(tmpdir(), 'assay-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** The tests that failed, and what scripts that failed said last: told at the end, where whoever sees only that finds them. */
const failures = [];
const stages = [];

process.on('exit', () => {
  rmSync(reports, { recursive: true, force: true });
});

/** Of what a script said that failed so many lines are told once more at the end. */
const LAST_LINES = 8;
/** Characters of it that are kept for that. */
const KEPT = 10_000;
/** How long the last of its output is waited for, ms. */
const OUTPUT_MS = 2_000;

/** Runs a command in the project, its output on ours. True: it ended with 0. */
const command = async (program, ...args) => (await exitCode(program, ...args)) === 0;

/** Runs a script of the project, its output on ours. If it fails, what it said last is told at the end. */
async function scriptPasses(...args) {
  let last = '';
  const child = spawn('npm', ['run', '--silent', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const pass = (from, to) =>
    from.on('data', (chunk) => {
      to.write(chunk);
      last = `${last}${chunk}`.slice(-KEPT);
    });
  pass(child.stdout, process.stdout);
  pass(child.stderr, process.stderr);
  const closed = once(child, 'close');
  const [code, signal] = await once(child, 'exit');
  // What it started and left behind may hold its output open.
  await Promise.race([closed, delay(OUTPUT_MS)]);
  if (code === 0) return true;
  const lines = last.trimEnd().split('\n').slice(-LAST_LINES);
  failures.push(
    `failed: ${args.join(' ')} ended with ${signal ?? code}`,
    ...lines.map((line) => `  ${line}`),
  );
  return false;
}

/** Runs a command in the project, its output on ours, and tells what it ended with. */
async function exitCode(program, ...args) {
  try {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    const [code, signal] = await once(child, 'exit');
    if (signal !== null) console.error(`${program} was ended by ${signal}`);
    return code;
  } catch (error) {
    console.error(`${program}: ${error.message}`);
    return null;
  }
}

/** Runs a stage and notes how it went and how long it took. */
async function stage(name, run) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const passed = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`== ${name}: ${passed ? 'passed' : 'FAILED'} after ${seconds} s`);
  stages.push({ name, passed, seconds });
  return passed;
}

const onPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // Not in this folder of the path; the next one may have it.
    }
  });

/** What Homebrew calls them, where it is something else. */
const BREW = { 'redis-server': 'redis', chromium: '--cask chromium', kubectl: 'kubernetes-cli' };

/** What tests start beside programs of the PATH: Debian's graphite-web, with Debian's Python. */
const GRAPHITE = ['/usr/lib/python3/dist-packages/graphite/settings.py', '/usr/bin/python3'];

/** The programs that tests start: installed where that needs no questions, else named with how to install them. */
async function servers() {
  const needed = ['redis-server', 'prometheus', 'openssl', 'chromium', 'nginx', 'kubectl'];
  const hasGraphite = () => GRAPHITE.every((file) => existsSync(file));
  // Where they can not be had, npm run e2e:real says so.
  const hasPods = () => process.platform !== 'linux' || ['containerd', 'runc', 'ip'].every(onPath);
  const missing = () => [
    ...needed.filter((program) => !onPath(program)),
    ...(hasGraphite() ? [] : ['graphite-web']),
  ];
  const isAll = missing().length === 0 && hasPods();
  if (!isAll && onPath('apt-get') && process.getuid?.() === 0) await command('bash', '.ci/packages');
  for (const program of missing()) {
    if (program === 'graphite-web') {
      console.error(
        'graphite-web is not installed, and tests start it. On Debian or Ubuntu: sudo bash .ci/packages; ' +
          'elsewhere only those of test/providers/graphite.integration.test.ts fail.',
      );
      continue;
    }
    console.error(
      `${program} is not on the PATH, and tests start it. On Debian or Ubuntu: sudo bash .ci/packages; ` +
        `on macOS: brew install ${BREW[program] ?? program}`,
    );
  }
  return missing().length === 0;
}

/** A worker for each core: tests with servers wait for them most of the time. Vitest would leave a core idle. */
const WORKERS = '--maxWorkers=100%';

/** Runs one of the projects of vitest.config.ts and adds its numbers to the totals. */
async function tests(project) {
  const report = join(reports, `${project}.json`);
  const passed = await command(
    ...['npx', '--no-install', 'vitest', 'run', '--project', project, WORKERS],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  );
  if (!existsSync(report)) return false;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that could not even be loaded has no test in it that could count as failed.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  for (const { name, assertionResults } of testResults)
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') failures.push(`failed: ${project}: ${relative(root, name)}: ${fullName}`);
  failures.push(...broken.map(({ name }) => `failed: ${project}: ${relative(root, name)} can not be loaded`));
  totals.passed += numPassedTests;
  totals.failed += numFailedTests + broken.length;
  totals.skipped += numPendingTests + numTodoTests;
  return passed && numPassedTests > 0;
}

/** What `npm run e2e:real` ends with where there can be no real pods; it has said why. */
const CANNOT_RUN = 69;

/** Releases on real pods, where the machine can run them. */
async function realPods() {
  const code = await exitCode('npm', 'run', '--silent', 'e2e:real');
  if (code === CANNOT_RUN) totals.skipped += 1;
  return code === 0 || code === CANNOT_RUN;
}

const script = (name, ...args) => stage(name, () => scriptPasses(name, ...args));

/** What the tests of `built` need; the stages after them need all. */
const FIRST = ['kubernetes', 'kwok', 'influxdb', 's3', 'helm', 'argo-plugin'];

/** Builds modules beside what else goes on. The stage that needs them tells how it went. */
async function build(...modules) {
  const args = ['run', '--silent', 'control-plane', '--', ...modules];
  await once(spawn('npm', args, { cwd: root, stdio: 'ignore' }), 'exit');
}

if (installed(root) || (await stage('install', () => command('npm', 'ci')))) {
  // What has to be built takes a cold machine longer than all that does not need it.
  const first = build(...FIRST);
  const all = first.then(() => build());
  for (const name of ['format:check', 'lint', 'types', 'imports', 'dead-code']) await script(name);
  await stage('servers', servers);
  for (const project of ['unit', 'integration', 'e2e']) await stage(project, () => tests(project));
  await script('chaos', '--', '--short');
  await first;
  await script('control-plane', '--', ...FIRST);
  await stage('built', () => tests('built'));
  await all;
  await stage('programs', () => scriptPasses('control-plane'));
  await script('conformance', '--', '--short');
  await stage('e2e:real', realPods);
}

console.log();
for (const { name, passed, seconds } of stages) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(13)} ${seconds.padStart(6)} s`);
}
if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = stages.every(({ passed }) => passed) ? 0 : 1;
