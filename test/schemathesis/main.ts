import { parseArgs } from 'node:util';
import { askService } from './ask-service.js';

/** `npm run schemathesis -- [--seconds N] [--seed N]`: asks the API everything, for ten minutes by default. */
const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? '600');
const seed = Number(values.seed ?? String(Date.now() % 2 ** 31));
if (!(seconds >= 1) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run schemathesis -- [--seconds N] [--seed N]\n');
  process.exitCode = 64;
} else {
  const { code, output } = await askService(seconds, seed);
  process.stdout.write(output);
  process.exitCode = code === 0 ? 0 : 1;
}
