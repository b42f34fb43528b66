import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentTable, withEnvironmentTable } from '../../docs/environment-table.js';
import scripts from '../../package.json' with { type: 'json' };

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('the README', () => {
  it('has the environment table that the settings give (npm run docs writes it)', () => {
    expect(withEnvironmentTable(readme)).toBe(readme);
  });

  it('names only scripts that exist', () => {
    const named = [...readme.matchAll(/npm run ([a-z0-9:-]+)/g)].map(([, name]) => name);
    expect(named).not.toHaveLength(0);
    for (const name of named) expect(Object.keys(scripts.scripts)).toContain(name);
  });

  it('links only to files that exist', () => {
    const links = [...readme.matchAll(/\]\(((?!https?:|#)[^)#]+)/g)].map(([, path]) => path ?? '');
    expect(links).not.toHaveLength(0);
    for (const path of links) expect(() => readFileSync(new URL(path, root))).not.toThrow();
  });
});

describe('the environment table', () => {
  it('has a row with variable, setting, default with its unit, and meaning', () => {
    const table = environmentTable([
      {
        key: 'retention',
        env: ['ASSAY_RETENTION'],
        description: 'Kept <that> long.',
        unit: 'Go duration',
        secret: false,
        default: '24h',
        schema: {},
      },
    ]);
    expect(table.split('\n').at(-1)).toBe(
      '| `ASSAY_RETENTION` | `retention` | `24h` (Go duration) | Kept \\<that\\> long. |',
    );
  });

  it('says of a secret how to give it in a file, and of older names that they are read', () => {
    const table = environmentTable([
      {
        key: 'redisUrl',
        env: ['ASSAY_REDIS_URL', 'OLD_URL'],
        description: 'Redis.',
        secret: true,
        schema: {},
      },
    ]);
    expect(table).toContain(
      '| Redis. Also read from `OLD_URL`. A secret: `ASSAY_REDIS_URL_FILE` names a file that holds it. |',
    );
  });

  it('refuses a README without its one place', () => {
    expect(() => withEnvironmentTable('# Assay\n')).toThrow('README.md must have one <!-- environment');
  });
});
