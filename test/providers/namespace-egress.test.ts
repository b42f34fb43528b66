import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NamespaceEgress } from '../../schemas/index.js';
import { attemptDelivery } from '../../service/delivery/attempt.js';
import { ConfigError, systemClock } from '../../service/platform/index.js';
import {
  createEgressPolicy,
  createNamedClient,
  createNamespaceClients,
  createResilientClient,
  type HttpClient,
  noSecrets,
  readProviderFile,
  readServers,
} from '../../service/providers/index.js';
import { metric, runOf } from '../engine/fixtures.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { measureOnce } from './measure.js';

let folder: string;
let server: RecordingServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-egress-'));
  server = await startRecordingServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const opened: HttpClient[] = [];
afterEach(() => {
  for (const client of opened.splice(0)) client.close();
});

const RULES: readonly NamespaceEgress[] = [
  { namespaces: ['team-*'], deny: ['127.0.0.0/8'] },
  { namespaces: ['outside'], allow: ['public'] },
  { namespaces: ['team-both', 'both'], allow: ['127.0.0.0/8'] },
];

/** The client of the service: egress rules, limits, servers by name. */
function open(rules = RULES, deny: readonly string[] = []): HttpClient {
  const file = join(folder, 'servers.yaml');
  writeFileSync(file, `providers: [{name: store, address: "${server.url}/named"}]\n`);
  const http = createNamespaceClients({ egress: createEgressPolicy({ loopback: true, deny }) }, rules);
  const client = createNamedClient({
    http: createResilientClient({ http, clock: systemClock }),
    loopback: http,
    servers: readServers(file),
    secrets: noSecrets,
    clock: systemClock,
  });
  opened.push(client);
  return client;
}

const measured = async (client: HttpClient, namespace: string, url = server.url) => {
  const http = client.within?.(namespace) ?? client;
  const { phase, message } = await measureOnce(
    { successCondition: 'true', provider: { web: { url, jsonPath: '{$.value}' } } },
    http,
  );
  return message === undefined ? phase : `${phase}: ${message.replace(/^.*egress denied: /, '')}`;
};

describe('the egress rules of a namespace', () => {
  const told = '127.0.0.1 resolves to 127.0.0.1, which the policy forbids';

  it('narrow where its metrics may go, and those of no other', async () => {
    server.answer([{ body: '{"value":1}' }]);
    const client = open();
    expect(await measured(client, 'shop')).toBe('Successful');
    expect(await measured(client, 'both')).toBe('Successful');
    expect(await measured(client, 'team-a')).toBe(`Error: ${told} (denied: 127.0.0.0/8, for this namespace)`);
    expect(await measured(client, 'team-both')).toBe(
      `Error: ${told} (denied: 127.0.0.0/8, for this namespace)`,
    );
    expect(await measured(client, 'outside')).toBe(
      `Error: ${told} (not in the allow list, for this namespace)`,
    );
    // Nor over the connection that was kept for another one.
    expect(server.requests).toHaveLength(2);
  });

  it('allow nothing that the settings deny', async () => {
    const client = open(RULES, ['127.0.0.1/32']);
    expect(await measured(client, 'both')).toBe(`Error: ${told} (denied: 127.0.0.1/32)`);
  });

  it('do not hold for servers that the operator has named, and hold for redirects and names', async () => {
    server.answer([{ body: '{"value":1}' }]);
    const client = open();
    expect(await measured(client, 'team-a', 'provider://store/x')).toBe('Successful');
    expect(await measured(client, 'team-a', server.url.replace('127.0.0.1', 'localhost'))).toMatch(
      /^Error: localhost resolves to/,
    );
    expect(server.requests).toHaveLength(1);
  });

  it('share no answer between namespaces whose rules differ', async () => {
    server.answer([{ body: '{"value":1}', delayMs: 200 }]);
    const client = open();
    const outcomes = await Promise.all(['shop', 'cart', 'team-a'].map((each) => measured(client, each)));
    expect(outcomes.map((each) => each.split(':')[0])).toEqual(['Successful', 'Successful', 'Error']);
    expect(server.requests).toHaveLength(1);
  });

  it('hold for its webhooks', async () => {
    server.answer([{ status: 204 }]);
    const http = createNamespaceClients({ egress: createEgressPolicy({ loopback: true }) }, RULES);
    opened.push(http);
    const outcomes = [];
    for (const namespace of ['shop', 'team-a']) {
      const run = runOf([metric('web')], { metadata: { namespace }, status: { phase: 'Failed' } });
      const delivery = { id: 'verdict-0', webhookId: 'a.verdict', event: 'verdict', run } as const;
      const attempted = await attemptDelivery(
        { ...delivery, callback: { url: server.url }, createdAtMs: 0, tries: 0 },
        new AbortController().signal,
        { http, secrets: noSecrets, defaultKeys: [], clock: systemClock },
      );
      outcomes.push(attempted?.attempt.outcome);
    }
    expect(outcomes).toEqual(['delivered', 'denied']);
  });

  it('are refused at the start, each with its place, when they are no ranges', () => {
    const file = join(folder, 'rules.yaml');
    writeFileSync(
      file,
      'egress: [{namespaces: [a], deny: [10.0.0.0/8, public]}, {namespaces: [b], allow: [public, 10.0.0.1]}]\n',
    );
    const problems = (): unknown => {
      try {
        return readProviderFile(file);
      } catch (error) {
        return error instanceof ConfigError ? error.problems : error;
      }
    };
    expect(problems()).toEqual([
      `${file}: egress[0].deny[1]: "public" is no CIDR such as 10.0.0.0/8 or fd00::/8`,
      `${file}: egress[1].allow[1]: "10.0.0.1" is no CIDR such as 10.0.0.0/8 or fd00::/8`,
    ]);
  });
});
