import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assay } from '../support/assay.js';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

/** A health endpoint that says `status`, while `use` runs. */
async function withHealth<T>(status: string, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_request, response) => response.end(JSON.stringify({ status })));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
    return await use(`http://127.0.0.1:${address.port}/`);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}

const measureHealth = (url: string) =>
  assay(['measure', '-f', `${folder}health.yaml`, '--arg', `url=${url}`, '--output', 'json']);

describe('the example templates', () => {
  it('are there', () => {
    expect(files).toContain('health.yaml');
    expect(files).toContain('success-rate.yaml');
  });

  it.each(files)('%s has nothing that lint would tell', async (file) => {
    expect(await assay(['lint', '-f', `${folder}${file}`])).toMatchObject({
      code: 0,
      out: '0 errors, 0 warnings\n',
      err: '',
    });
  });

  it('pass an endpoint that is up', async () => {
    const { code, out } = await withHealth('up', measureHealth);
    expect(out).toContain('"Successful"');
    expect(code).toBe(0);
  });

  it('fail an endpoint that is down', async () => {
    const { code, out } = await withHealth('down', measureHealth);
    expect(out).toContain('"Failed"');
    expect(code).toBe(1);
  });
});
