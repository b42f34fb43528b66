/**
 * `npm run demo`: `assay demo`, from a clone that may neither have its dependencies nor be compiled yet.
 * Plain JavaScript on Node's own modules for that reason.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installed } from '../test/installed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const main = join(dist, 'service', 'main.js');
/** The compiler's own record of what it compiled. */
const record = join(dist, '.tsbuildinfo');

/** Runs npm in the project and tells how long it took. Ends this process when it fails. */
function npm(doing, ...args) {
  process.stdout.write(`${doing} (npm ${args.join(' ')}) …`);
  const start = performance.now();
  const { status, error, stdout, stderr } = spawnSync('npm', ['--loglevel=error', ...args], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32', // npm is a script there.
  });
  if (status === 0) {
    console.log(` ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return;
  }
  console.log(' failed');
  console.error(error?.message ?? `${stdout}${stderr}`);
  process.exit(1);
}

/** The latest change of a file in these folders and files, in ms. */
const lastChange = (...paths) =>
  Math.max(
    ...paths.map((path) => {
      const stats = statSync(path);
      return stats.isDirectory()
        ? lastChange(...readdirSync(path).map((name) => join(path, name)))
        : stats.mtimeMs;
    }),
    0,
  );

function isCompiled() {
  if (!existsSync(main) || !existsSync(record)) return false;
  const sources = ['service', 'schemas', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  return statSync(record).mtimeMs >= lastChange(...sources.map((name) => join(root, name)));
}

// The compiler is a development dependency, also where NODE_ENV is production.
if (!installed(root)) npm('installing the dependencies', 'ci', '--include=dev');
if (!isCompiled()) {
  // What the compiler believes to be there it would not write again.
  if (!existsSync(main)) rmSync(dist, { recursive: true, force: true });
  // Types are for `npm test` to check; it takes as long again.
  npm('compiling', 'run', 'build', '--', '--noCheck');
  // The compiler leaves its record alone when nothing that matters has changed.
  utimesSync(record, new Date(), new Date());
}
// In this process, so that Ctrl-C reaches the demo and nothing else.
process.argv = [process.execPath, main, 'demo', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
