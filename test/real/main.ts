/**
 * `npm run e2e:real -- [--report FILE] [canary] [blue-green]`: releases of a small service on real pods behind a real
 * gateway, with nothing simulated. Ends with 0 when each went as it should, 1 when one did not, 64 after wrong arguments,
 * 69 where the machine can not run it, and 130 after Ctrl-C.
 *
 * All of it runs in namespaces of its own for the network, mounts and processes, so that nothing is left when it ends,
 * however it ends: this process removes what namespaces do not cover, the control groups and a folder for data.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { eventually } from '../support/eventually.js';
import { makeCgroup, removeCgroup } from './cgroups.js';
import { definitionsFolder } from './gateway.js';
import { CNI_STATE, cniFolder, faultsOfMachine, UNSHARE } from './machine.js';
import { STORY_GROUPS } from './stories.js';

const EXIT = { wrongUsage: 64, cannotRun: 69, interrupted: 130 } as const;
const USAGE = `usage: npm run e2e:real -- [--report FILE] [${STORY_GROUPS.join('] [')}]\n`;
const REPORT = join(import.meta.dirname, '..', '..', '.cache', 'e2e-real.json');

async function main(args: readonly string[]): Promise<number> {
  const { report, groups } = argumentsOf(args) ?? {};
  if (report === undefined || groups === undefined) {
    process.stderr.write(USAGE);
    return EXIT.wrongUsage;
  }
  const faults = faultsOfMachine();
  if (faults.length > 0) {
    process.stderr.write(
      `real pods can not be run on this machine:\n${faults.map((each) => `- ${each}\n`).join('')}`,
    );
    return EXIT.cannotRun;
  }
  mkdirSync(dirname(report), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'assay-real-'));
  // Hidden inside; to be hidden it has to be there.
  const made = mkdirSync(CNI_STATE, { recursive: true });
  const cgroup = makeCgroup(basename(folder));
  try {
    const options = { folder, cgroup, report, groups, cni: cniFolder(), definitions: definitionsFolder() };
    return await runInside(folder, options);
  } finally {
    await eventually('no process is left in the control groups', () => {
      removeCgroup(cgroup);
      return true;
    });
    rmSync(folder, { recursive: true, force: true });
    if (made !== undefined) rmdirSync(CNI_STATE);
  }
}

function argumentsOf(args: readonly string[]): { report: string; groups: readonly string[] } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { report: { type: 'string', default: REPORT } },
    });
    const isKnown = positionals.every((name) => STORY_GROUPS.some((group) => group === name));
    return isKnown ? { report: values.report, groups: positionals } : undefined;
  } catch {
    return undefined; // The usage says all that parseArgs would.
  }
}

/** Runs `inside.ts` as the only child of a shell, which is the first process there and takes in those that lose their parents. */
async function runInside(folder: string, options: unknown): Promise<number> {
  const inside = join(import.meta.dirname, 'inside.ts');
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', ...UNSHARE, 'sh', '-c', '"$@"; exit $?', 'sh'],
      ...[process.execPath, '--import', 'tsx', inside, JSON.stringify(options)],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, TMPDIR: folder } },
  );
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
    endNamespaces(child);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (!interrupted.signal.aborted) return code ?? 1;
  process.stderr.write('interrupted: everything that was started has been ended\n');
  return EXIT.interrupted;
}

/** Ends the first process of the namespace, before which the kernel ends all others there; `unshare` ends after it. */
function endNamespaces({ pid = 0 }: ChildProcess): void {
  const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  process.kill(first === '' ? pid : Number(first), 'SIGKILL');
}

process.exitCode = await main(process.argv.slice(2));
