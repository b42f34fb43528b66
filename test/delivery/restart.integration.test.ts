import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRedisEngine, type Engine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { measurement, metric, realDeps, runOf } from '../engine/fixtures.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const PREFIX = 'restart';
let redis: TestRedis;
let receiver: RecordingServer;
let senders: ServerProcess[];
/** An engine that takes no measurements and sends nothing. */
let api: Engine;

beforeEach(async () => {
  redis = await startRedis();
  receiver = await startRecordingServer();
  senders = [];
  const { deps } = realDeps(() => Promise.resolve(measurement('Error', Date.now())), { work: false });
  api = createRedisEngine(deps, { url: new Secret(redis.url), shards: 2, prefix: PREFIX });
  await api.start();
});
afterEach(async () => {
  await api.stop();
  await Promise.all(senders.map((sender) => sender.stop('SIGKILL')));
  await receiver.close();
  await redis.stop();
});

async function startSender(): Promise<ServerProcess> {
  const sender = await startServer(process.execPath, [
    ...['--import', 'tsx', 'test/delivery/sender-process.ts', redis.url, PREFIX],
  ]);
  senders.push(sender);
  await vi.waitFor(
    () => {
      sender.check();
      expect(sender.output()).toContain('ready');
    },
    { timeout: 30_000 },
  );
  return sender;
}

const record = async () => (await api.deliveries('run'))?.[0];
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

it('a webhook that was refused is sent again by another process, after Redis and the first one were killed', async () => {
  receiver.answer([{ status: 503 }]);
  const first = await startSender();
  await api.create(runOf([metric('web')]), { id: 'run', callbacks: [{ url: receiver.url }] });
  await until(async () => {
    expect(await record()).toMatchObject({ state: 'pending', attemptCount: 1 });
  });
  await first.stop('SIGKILL');
  await redis.restart();
  const before = (await record())?.attemptCount ?? 0;
  receiver.answer([{ status: 204 }]);
  await startSender();
  await until(async () => {
    expect(await record()).toMatchObject({ state: 'delivered', attemptCount: before + 1 });
  });
  expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([
    (await record())?.webhookId,
  ]);
});

it('a webhook whose sender is killed in the middle of it is sent again by another process', async () => {
  receiver.answer([{ delayMs: 60_000 }]);
  const first = await startSender();
  await api.create(runOf([metric('web')]), { id: 'run', callbacks: [{ url: receiver.url }] });
  await until(() => {
    expect(receiver.requests).toHaveLength(1);
  });
  await first.stop('SIGKILL');
  receiver.answer([{ status: 204 }]);
  await startSender();
  await until(async () => {
    expect(await record()).toMatchObject({ state: 'delivered', attemptCount: 1 });
  });
});
