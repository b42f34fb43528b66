import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { launchRedis, launchSentinel, withRedis } from './redis-process.js';
import type { ServerProcess } from './server-process.js';

const SENTINELS = 3;
/** With 1,000, the time between two tries to connect, a Sentinel may take a new master for dead before it has asked it anything. */
const DOWN_AFTER_MS = 2_000;
const NAME = 'main';

/** A master and a replica that three Sentinels watch over, on loopback. */
export interface TestSentinel {
  /** As `ASSAY_REDIS_URL` has it. */
  readonly url: string;
  /** Port of the master that the Sentinels name now. */
  master(): Promise<number>;
  /**
   * Ends the master with SIGKILL, waits until the replica was promoted, and starts the old master as its replica. Gives the time
   * without a master, ms.
   */
  failOver(): Promise<number>;
  /**
   * Stops the master where it stands, as a machine does whose power fails: it ends no connection. Resolves once all Sentinels have said
   * that there is another one; `wake` lets it go on, as the master that it takes itself for.
   */
  fallSilent(): Promise<{ wake(): void }>;
  stop(): Promise<void>;
}

/**
 * Starts them. A failover may lose what the replica had not yet. With `passwords` Redis and the Sentinels ask for one each.
 */
export async function startRedisSentinel(
  passwords?: Readonly<Record<'redis' | 'sentinels', string>>,
): Promise<TestSentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-sentinel-'));
  const directory = (port: number): Promise<string> => mkdtemp(join(folder, `${port}-`));
  const ofRedis = passwords === undefined ? {} : { password: passwords.redis };
  const ofSentinels = passwords === undefined ? {} : { password: passwords.sentinels };
  const servers = new Map<number, ServerProcess>();
  const launch = (port: number, data: string, masterPort?: number): Promise<ServerProcess> =>
    launchRedis({
      ...{ port, directory: data },
      args: [
        ...['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'],
        ...(masterPort === undefined ? [] : ['--replicaof', '127.0.0.1', String(masterPort)]),
        ...(passwords === undefined
          ? []
          : ['--requirepass', passwords.redis, '--masterauth', passwords.redis]),
      ],
      client: ofRedis,
    });
  const [first, second] = [await freePort(), await freePort()];
  for (const [port, masterPort] of [[first], [second, first]] as const) {
    const data = await directory(port);
    servers.set(port, await launch(port, data, masterPort));
  }
  const linked = (port: number): Promise<true | undefined> =>
    withRedis({ port, ...ofRedis }, async (redis) =>
      /master_link_status:up/.test(await redis.info('replication')) ? true : undefined,
    );
  await eventually('the replica follows', () => linked(second));

  const sentinels: { readonly port: number; readonly process: ServerProcess }[] = [];
  for (let index = 0; index < SENTINELS; index++) {
    const port = await freePort();
    const file = join(await directory(port), 'sentinel.conf');
    await writeFile(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor ${NAME} 127.0.0.1 ${first} 2`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${NAME} 4000`,
        ...(passwords === undefined
          ? []
          : [
              `sentinel auth-pass ${NAME} "${passwords.redis}"`,
              `requirepass "${passwords.sentinels}"`,
              `sentinel sentinel-pass "${passwords.sentinels}"`,
            ]),
        '',
      ].join('\n'),
    );
    sentinels.push({ port, process: await launchSentinel(port, file, ofSentinels) });
  }
  const ask = <Result>(
    work: Parameters<typeof withRedis<Result>>[1],
    port = sentinels[0]?.port ?? 0,
  ): Promise<Result> => withRedis({ port, ...ofSentinels }, work);
  const master = (): Promise<number> =>
    ask(async (redis) => {
      const address = await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
      return Number(Array.isArray(address) ? address[1] : Number.NaN);
    });
  /** All Sentinels know of each other and of the replica, have the same master, and could agree now. */
  const isWatched = async (): Promise<true | undefined> => {
    const named = await Promise.all(
      sentinels.map(({ port }) =>
        ask(async (redis) => {
          const told = await redis.call('SENTINEL', 'MASTER', NAME);
          const fields = Array.isArray(told) ? told.map(String) : [];
          const field = (name: string): string | undefined => fields[fields.indexOf(name) + 1];
          const isWell =
            String(await redis.call('SENTINEL', 'CKQUORUM', NAME)).startsWith('OK') &&
            field('flags') === 'master' &&
            field('num-slaves') === '1' &&
            field('num-other-sentinels') === String(SENTINELS - 1);
          return isWell ? field('port') : undefined;
        }, port),
      ),
    );
    return named[0] !== undefined && new Set(named).size === 1 ? true : undefined;
  };
  await eventually('the Sentinels watch', isWatched, 30_000);
  const serverOf = (port: number): ServerProcess => {
    const server = servers.get(port);
    if (server === undefined) throw new Error(`the Sentinels name a master of port ${port}`);
    return server;
  };
  const successorOf = (old: number): Promise<number> =>
    eventually(
      'another master is named and takes writes',
      async () => {
        const port = await master();
        if (port === old) return undefined;
        return withRedis({ port, ...ofRedis }, async (redis) =>
          (await redis.info('replication')).includes('role:master') ? port : undefined,
        );
      },
      60_000,
    );

  const credentials = passwords === undefined ? '' : `:${encodeURIComponent(passwords.redis)}@`;
  return {
    url: `redis+sentinel://${credentials}${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    master,
    async failOver() {
      const old = await master();
      const server = serverOf(old);
      const beganAt = performance.now();
      await server.stop('SIGKILL');
      const next = await successorOf(old);
      const withoutMs = performance.now() - beganAt;
      // As a machine that takes its place: without data of its own.
      const data = await directory(old);
      const replaced = await launch(old, data, next);
      servers.set(old, replaced);
      try {
        await eventually(
          'one of the two follows the other',
          async () => {
            replaced.check();
            // On a machine that is too busy the Sentinels may take the new master for dead meanwhile, and put the old one back.
            return linked((await master()) === old ? next : old);
          },
          60_000,
        );
        await eventually('the Sentinels watch again', isWatched, 60_000);
      } catch (error) {
        const outputs = [...servers.values(), ...sentinels.map(({ process }) => process)];
        throw new Error(outputs.map((each) => each.output().slice(-1_500)).join('\n\n'), { cause: error });
      }
      return withoutMs;
    },
    async fallSilent() {
      const old = await master();
      const { pid } = serverOf(old);
      const heard = await Promise.all(sentinels.map(({ port }) => hearOfSwitch({ port, ...ofSentinels })));
      process.kill(pid, 'SIGSTOP');
      await Promise.all(heard.map((said) => said()));
      await successorOf(old);
      return { wake: () => void process.kill(pid, 'SIGCONT') };
    },
    async stop() {
      await Promise.all(sentinels.map(({ process }) => process.stop('SIGKILL')));
      await Promise.all([...servers.values()].map((each) => each.stop('SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Listens to a Sentinel. What it resolves to waits until the Sentinel has said that it has another master. */
async function hearOfSwitch(options: RedisOptions): Promise<() => Promise<void>> {
  const redis = new Redis({ host: '127.0.0.1', ...options });
  await redis.subscribe('+switch-master');
  const said = once(redis, 'message');
  return async () => {
    await said;
    redis.disconnect();
  };
}
