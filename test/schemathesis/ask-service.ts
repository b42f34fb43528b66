import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServer } from '../../service/app.js';
import { askEverything } from './schemathesis.js';

/** Asks a service of its own, with authentication, everything for so long. `code` 0: nothing was found. */
export async function askService(seconds: number, seed: number): ReturnType<typeof askEverything> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-asked-'));
  try {
    const token = randomBytes(32).toString('hex');
    const sha256 = createHash('sha256').update(token).digest('hex');
    const tokensFile = join(folder, 'tokens.json');
    const all = { name: 'asker', sha256, scopes: ['read', 'run', 'admin'], namespaces: ['*'] };
    await writeFile(tokensFile, JSON.stringify({ tokens: [all] }));
    const server = await openServer(
      { ASSAY_LOG_LEVEL: 'silent', ASSAY_TOKENS_FILE: tokensFile },
      { port: '0', host: '127.0.0.1' },
    );
    try {
      return await askEverything({ url: server.url, token, seconds, seed });
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
