import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type GoModule, MODULES, programFolder, sourceFolder } from './binaries.js';

/**
 * Builds the modules that are named, or all but those on demand: the programs of the control plane that tests run against, and an InfluxDB, unless the cache has them (see
 * `binaries.ts`): about ten minutes on two cores, one of them for InfluxDB, five more for Traefik, and several for Argo
 * Rollouts' plugin and its tests. Ends with 1 when they can not be built.
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
    const isBuilt = module.tests === undefined ? buildPrograms(module, folder) : buildTests(module, folder);
    // Somebody else may have been faster: then theirs are as good.
    if (isBuilt && !existsSync(target)) renameSync(folder, target);
    return isBuilt;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `go` in a folder. True: it ended with 0. Others may work on the machine; GOFLAGS=-p=1 leaves them a core as well. */
function go(folder: string, args: readonly string[]): boolean {
  const { status } = spawnSync('nice', ['-n', '15', 'go', ...args], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

function buildPrograms(module: GoModule, folder: string): boolean {
  const variables = Object.entries(module.variables).map(([name, value]) => `-X ${name}=${value}`);
  return module.programs.every((program) => {
    console.log(`building ${program}`);
    const source = module.package ?? (module.programs.length === 1 ? '.' : `./${program}`);
    const flags = ['-s', '-w', ...variables].join(' ');
    const options = ['-trimpath', '-tags', module.tags ?? '', '-ldflags', flags];
    return go(sourceFolder(module), ['build', ...options, '-o', join(folder, program), source]);
  });
}

/** Tests are built in their own module, whose go.sum has what only they need; the wrapper's go.sum vouches for that module. */
function buildTests(module: GoModule, folder: string): boolean {
  const { programs, package: path, tests } = module;
  const [program] = programs;
  if (program === undefined || path === undefined || tests === undefined)
    throw new TypeError(`${module.name} does not say which tests it has`);
  console.log(`building ${program}`);
  if (!go(sourceFolder(module), ['mod', 'download', tests.module])) return false;
  const list = ['list', '-m', '-f', '{{.Dir}}', tests.module];
  const { stdout } = spawnSync('go', list, { cwd: sourceFolder(module), encoding: 'utf8' });
  const home = stdout.trim();
  if (home === '') return false;
  const options = ['-c', '-trimpath', '-tags', module.tags ?? '', '-ldflags', '-s -w'];
  if (!go(home, ['test', ...options, '-o', join(folder, program), path])) return false;
  cpSync(join(home, path), join(folder, 'package'), { recursive: true });
  // Go keeps its copies from being written to; these have to be removable.
  return spawnSync('chmod', ['-R', 'u+w', join(folder, 'package')], { stdio: 'inherit' }).status === 0;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !MODULES.some((module) => module.name === name));
if (unknown.length > 0) throw new RangeError(`there is no module ${unknown.join(' or ')}`);
const modules = MODULES.filter(({ name, isOnDemand = false }) =>
  wanted.length === 0 ? !isOnDemand : wanted.includes(name),
);
const isBuilt = modules.every((module) => existsSync(programFolder(module)));
const fault = isBuilt ? undefined : faultOfGo();
if (fault !== undefined) {
  console.error(
    `${fault}, and tests build a Kubernetes control plane with it: install Go ${NEEDED.join('.')} or newer from ` +
      "https://go.dev/dl/ (Debian 12's package golang is older)",
  );
}
process.exitCode = fault === undefined && modules.every(build) ? 0 : 1;
