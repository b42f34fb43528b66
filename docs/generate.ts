/** Writes what the README takes from the code: `npm run docs`. It is committed, and a test compares it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withEnvironmentTable } from './environment-table.js';

const readme = new URL('../README.md', import.meta.url);
writeFileSync(readme, withEnvironmentTable(readFileSync(readme, 'utf8')));
