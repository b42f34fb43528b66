import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { ArchivedRun } from '../../schemas/index.js';
import { metric, runOf } from '../engine/fixtures.js';

/** A run as the engine hands it to the archive. */
export const archivedRun = (id: string, fields: Partial<ArchivedRun> = {}): ArchivedRun => ({
  id,
  incarnation: `of-${id.replace(/[^\w-]/g, '_')}`,
  createdAtMs: 1_700_000_000_000,
  version: 0,
  archivedAt: '2023-11-14T22:13:20.000Z',
  run: {
    ...runOf([metric('web')]),
    status: { phase: 'Successful', verdict: 'promote' },
  },
  deliveries: [],
  ...fields,
});

/** Directories of one test, removed after it. */
export function temporaryDirectories(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
  });
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-archive-'));
    made.push(directory);
    return directory;
  };
}
