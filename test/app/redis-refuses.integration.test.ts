import { afterEach, expect, it } from 'vitest';
import { assay, type CommandResult } from '../support/assay.js';
import { freePort } from '../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis } from '../support/redis.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const serve = (redisUrl: string): Promise<CommandResult> =>
  assay(['serve', '--port', '0'], { env: { ASSAY_REDIS_URL: redisUrl, ASSAY_LOG_LEVEL: 'trace' } });

/** What the log says of connections, a line each. */
function connectionLines({ out }: CommandResult): readonly Readonly<Record<string, unknown>>[] {
  const lines = out.split('\n').filter((line) => line !== '');
  const entries = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return entries.filter(({ level }) => level === 'warn' || level === 'error');
}

it('a password that Redis refuses stops the start, and is shown nowhere', async () => {
  const redis = await startRedis({ password: 'right' });
  stops.push(() => redis.stop());
  const wrong = await serve(redis.url.replace(':right@', ':WRONGMARKER@'));
  expect(wrong.err).toMatch(/^ASSAY_REDIS_URL: Redis refused the password \(or user\): WRONGPASS .*\n$/);
  expect(wrong.code).toBe(64);
  expect(wrong.out + wrong.err).not.toContain('WRONGMARKER');

  const missing = await serve(redis.url.replace(':right@', ''));
  expect(missing.err).toMatch(/^ASSAY_REDIS_URL: Redis refused the password \(or user\): .*NOAUTH .*\n$/);
  expect(missing.code).toBe(64);
});

it('a Redis that is not there stops the start, with few lines and no stacks', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const away = await serve(`redis://:HIDDENMARKER@${address}`);
  expect(away.err).toBe(`ASSAY_REDIS_URL: Redis can not be reached: connect ECONNREFUSED ${address}\n`);
  expect(away.code).toBe(69);
  const lines = connectionLines(away);
  expect(lines.length).toBeGreaterThan(0);
  // It waits for about three seconds.
  expect(lines.length).toBeLessThanOrEqual(6);
  expect(lines[0]).toMatchObject({ reason: `Redis can not be reached: connect ECONNREFUSED ${address}` });
  for (const line of lines) expect(line).not.toHaveProperty('err');
  expect(away.out).not.toContain('HIDDENMARKER');
});

it('a server that is not Redis is told as that', async () => {
  const server: RecordingServer = await startRecordingServer();
  stops.push(() => server.close());
  const other = await serve(`redis://${server.host}`);
  expect(other.err).toBe('ASSAY_REDIS_URL: what answers there is not Redis\n');
  expect(other.code).toBe(69);
  expect(connectionLines(other).length).toBeLessThanOrEqual(8);
  expect(other.out).not.toContain('Please report');
});
