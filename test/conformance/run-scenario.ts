import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Cluster } from '../cluster/cluster.js';
import { programPath, testsFolder } from '../built/binaries.js';
import { complaintsIn, type Outcome, outcomeOf, type Scenario } from './scenarios.js';

/** How a scenario went. */
export interface Result {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** File with all that was printed. */
  readonly log: string;
  /** What was wrong, in the suite's words. */
  readonly complaints: readonly string[];
}

/** Their manifests name the namespace: none but it can be used. */
const IN_DEFAULT: ReadonlySet<string> = new Set(['APISIXSuite/TestAPISIXCanarySetHeaderStep']);
const LONGEST = '10m';
/** Load balancers need no annotations of somebody's own; unset, their scenarios would be skipped. */
const ENVIRONMENT = { E2E_ALB_INGESS_ANNOTATIONS: '{}' };
const COMPLAINTS = 6;

/** Runs scenarios of a program of tests in a cluster, each in a process and a namespace of its own, so that none meets another. */
export function scenarioRunner(
  program: string,
  cluster: Cluster,
  folder: string,
): (scenario: Scenario) => Promise<Result> {
  return async (scenario) => {
    const id = scenario.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 63);
    const isOwn = !IN_DEFAULT.has(scenario.name);
    const namespace = isOwn ? id : 'default';
    if (isOwn) await cluster.createNamespace(namespace);
    const kubeconfig = join(folder, `${id}.kubeconfig`);
    await writeFile(kubeconfig, inNamespace(await readFile(cluster.kubeconfig, 'utf8'), namespace), {
      mode: 0o600,
    });
    const log = join(folder, `${id}.log`);
    const start = performance.now();
    const output = await run(program, scenario, { kubeconfig, home: folder, log });
    const seconds = (performance.now() - start) / 1000;
    if (isOwn) await cluster.call('DELETE', `/api/v1/namespaces/${namespace}`);
    const outcome = outcomeOf(output, scenario);
    return { scenario, outcome, seconds, log, complaints: complaintsIn(output, COMPLAINTS) };
  };
}

/** A kubeconfig whose only context is that of a namespace. */
function inNamespace(kubeconfig: string, namespace: string): string {
  const { contexts, ...rest } = JSON.parse(kubeconfig) as {
    readonly contexts: readonly { readonly name: string; readonly context: object }[];
  };
  const here = contexts.map(({ name, context }) => ({ name, context: { ...context, namespace } }));
  return JSON.stringify({ ...rest, contexts: here });
}

async function run(
  program: string,
  { pattern }: Scenario,
  { kubeconfig, home, log }: { readonly kubeconfig: string; readonly home: string; readonly log: string },
): Promise<string> {
  const file = createWriteStream(log);
  const args = ['-test.v', '-test.count=1', `-test.timeout=${LONGEST}`, `-test.run=${pattern}`];
  const child = spawn(programPath(program), args, {
    cwd: testsFolder(program),
    // kubectl keeps what servers have in the home folder, by their address: not in that of the user.
    env: { ...process.env, ...ENVIRONMENT, KUBECONFIG: kubeconfig, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  await once(child, 'close');
  process.removeListener('exit', kill);
  file.end();
  await finished(file);
  return readFile(log, 'utf8');
}
