import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type GoModule, MODULES, programFolder, sourceFolder } from './binaries.js';

/**
 * Builds the programs of the control plane that tests run against, and an InfluxDB, unless the cache has them (see
 * `binaries.ts`): about eight minutes on two cores, one of them for InfluxDB, and several more for Argo Rollouts' plugin.
 * Ends with 1 when they can not be built.
 */
const NEEDED = [1, 25] as const;

/** Why `go` can not be used; undefined: it can. */
function faultOfGo(): string | undefined {
  const { status, stdout, error } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  if (error !== undefined || status !== 0) return 'go is not on the PATH';
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(stdout.trim()) ?? [];
  const isOld = Number(major) < NEEDED[0] || (Number(major) === NEEDED[0] && Number(minor) < NEEDED[1]);
  return isOld ? `${stdout.trim()} is too old` : undefined;
}

/** True: the programs are there. They appear in the cache all at once, so that a broken build leaves nothing. */
function build(module: GoModule): boolean {
  const target = programFolder(module);
  if (existsSync(target)) return true;
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-building-`);
  try {
    const variables = Object.entries(module.variables).map(([name, value]) => `-X ${name}=${value}`);
    for (const program of module.programs) {
      console.log(`building ${program}`);
      const source = module.package ?? (module.programs.length === 1 ? '.' : `./${program}`);
      const options = ['-trimpath', '-ldflags', ['-s', '-w', ...variables].join(' ')];
      // Others may work on the machine; GOFLAGS=-p=1 leaves them a core as well.
      const { status } = spawnSync(
        'nice',
        ['-n', '15', 'go', 'build', ...options, '-o', join(folder, program), source],
        { cwd: sourceFolder(module), stdio: ['ignore', 'inherit', 'inherit'] },
      );
      if (status !== 0) return false;
    }
    // Somebody else may have been faster: then theirs are as good.
    if (!existsSync(target)) renameSync(folder, target);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isBuilt = MODULES.every((module) => existsSync(programFolder(module)));
const fault = isBuilt ? undefined : faultOfGo();
if (fault !== undefined) {
  console.error(
    `${fault}, and tests build a Kubernetes control plane with it: install Go ${NEEDED.join('.')} or newer from ` +
      "https://go.dev/dl/ (Debian 12's package golang is older)",
  );
}
process.exitCode = fault === undefined && MODULES.every(build) ? 0 : 1;
