import { lookup } from 'node:dns';
import type { ServerResponse } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Agents, createAgents } from '../../service/providers/http/agents.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { listenOnLoopback } from '../support/recording-server.js';

const waiting: ServerResponse[] = [];
let certificate: Certificate;
let server: Server;
let url: URL;
let agents: Agents;
beforeAll(async () => {
  certificate = makeCertificate();
  server = createServer(certificate, (_request, response) => {
    waiting.push(response);
  });
  url = new URL(`https://127.0.0.1:${await listenOnLoopback(server)}/`);
  agents = createAgents(lookup, undefined);
});
afterAll(() => {
  agents.close();
  server.closeAllConnections();
  server.close();
});

it('a request on its way has its answer even when 256 other TLS settings come meanwhile', async () => {
  const agent = agents.for(url, { insecure: true }, undefined);
  const status = new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, { agent }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode);
      });
    });
    asked.on('error', reject).end();
  });
  await expect.poll(() => waiting.length).toBe(1);
  for (let index = 0; index < 256; index += 1) {
    const { cert, key } = certificate;
    agents.for(url, { insecure: true, key, cert: cert + '\n'.repeat(index) }, undefined);
  }
  expect(agents.for(url, { insecure: true }, undefined)).not.toBe(agent);
  waiting[0]?.end('late');
  expect(await status).toBe(200);
  // Nobody will use its connection again.
  await expect.poll(() => Object.keys({ ...agent.sockets, ...agent.freeSockets })).toEqual([]);
});
