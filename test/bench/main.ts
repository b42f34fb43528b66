import { readdirSync } from 'node:fs';
import { buildAssay } from './support/built-assay.js';

/** What each `test/bench/NAME.ts` exports: `run` measures and reports its figures. */
interface Bench {
  run(): Promise<void>;
}

const NOT_BENCHES = new Set(['main.ts', 'figure.ts']);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !NOT_BENCHES.has(file))
  .map((file) => file.slice(0, -'.ts'.length));

function isBench(module: unknown): module is Bench {
  return typeof module === 'object' && module !== null && 'run' in module && typeof module.run === 'function';
}

const name = process.argv[2] ?? '';
if (names.includes(name)) {
  buildAssay();
  const module: unknown = await import(`./${name}.ts`);
  if (!isBench(module)) throw new TypeError(`test/bench/${name}.ts exports no run()`);
  await module.run();
} else {
  process.stderr.write(`usage: npm run bench -- NAME\nbenches: ${names.join(', ') || 'none yet'}\n`);
  process.exitCode = 64;
}
