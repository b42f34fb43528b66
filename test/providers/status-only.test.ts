import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEgressPolicy } from '../../service/providers/http/egress.js';
import type { HttpClient } from '../../service/providers/http/http.js';
import { createHttpClient } from '../../service/providers/http/http-client.js';

let server: Server;
let client: HttpClient;
let paths: string[];
let listener: RequestListener;

beforeEach(async () => {
  paths = [];
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function ask() {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return client.request({
    method: 'POST',
    url: `http://127.0.0.1:${address.port}/`,
    body: '{}',
    signal: new AbortController().signal,
    statusOnly: true,
  });
}

describe('a request that wants the status only', () => {
  it('takes a redirect for the answer', async () => {
    listener = (_request, response) => response.writeHead(307, { Location: '/elsewhere' }).end();
    expect(await ask()).toMatchObject({ status: 307, headers: { location: '/elsewhere' } });
    expect(paths).toEqual(['/']);
  });

  it('is answered though the body never ends', async () => {
    listener = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.writable && response.write(Buffer.alloc(4096))) continue;
      };
      response.on('drain', more);
      more();
    };
    const { status, body } = await ask();
    expect([status, body.byteLength]).toEqual([200, 0]);
  });

  it('is answered though the body never comes, or breaks off', async () => {
    listener = (_request, response) => {
      response.writeHead(202, { 'Content-Length': '5' }).flushHeaders();
    };
    expect((await ask()).status).toBe(202);
    listener = (_request, response) => {
      response.writeHead(500, { 'Content-Length': '5' });
      response.write('x', () => response.destroy());
    };
    expect((await ask()).status).toBe(500);
  });
});
