import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Callback } from '../../schemas/index.js';
import { createDelivery } from '../../service/delivery/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import {
  type Clock,
  createLog,
  createMetrics,
  type Metrics,
  Secret,
  systemClock,
} from '../../service/platform/index.js';
import {
  createEgressPolicy,
  createHttpClient,
  type HttpClient,
  ProviderError,
  type SecretReader,
} from '../../service/providers/index.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

/** A signing secret of one letter. */
export const secretOf = (letter: string): string =>
  `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
const SECRETS: Readonly<Record<string, string>> = {
  'shop/hooks/secret': secretOf('h'),
  'shop/hooks/both': `${secretOf('n')} ${secretOf('o')}`,
  'shop/hooks/bad': 'hunter2',
};
/** Secrets of the namespace `shop`. */
export const secrets: SecretReader = {
  read(namespace, name, key) {
    const secret = SECRETS[`${namespace}/${name}/${key}`];
    return secret === undefined
      ? Promise.reject(new ProviderError('secret', `secrets "${name}" not found`))
      : Promise.resolve(secret);
  },
};

/** How {@link World.begin} differs from the usual. */
interface Options {
  readonly webhookSecret?: string;
  readonly clock?: Clock;
  readonly client?: HttpClient;
  readonly secretsOfCluster?: (cluster: string | undefined) => SecretReader | undefined;
}

/** Receivers, and engines that send to them; new for each test. */
export class World {
  readonly metrics: Metrics = createMetrics({ version: '1', nodeMetrics: false });
  readonly logged: string[] = [];
  /** What answers at {@link rawUrl}. */
  listener: RequestListener = (_request, response) => {
    response.writeHead(204).end();
  };
  readonly #engines: Engine[] = [];
  readonly #http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  readonly raw: Server = createServer((request, response) => {
    this.listener(request, response);
  });
  readonly receiver: RecordingServer;
  rawUrl = '';

  private constructor(receiver: RecordingServer) {
    this.receiver = receiver;
  }

  static async open(): Promise<World> {
    const world = new World(await startRecordingServer());
    world.receiver.answer([{ status: 204 }]);
    await new Promise<void>((resolve) => world.raw.listen(0, '127.0.0.1', resolve));
    const address = world.raw.address();
    if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
    world.rawUrl = `http://127.0.0.1:${address.port}`;
    return world;
  }

  /** An engine whose webhooks are sent, each retry as early as the policy allows. */
  async begin(options: Options = {}): Promise<Engine> {
    const { webhookSecret, clock = systemClock, client = this.#http, secretsOfCluster } = options;
    const { metrics, logged } = this;
    const log = createLog({ level: 'trace', destination: { write: (line) => logged.push(line) } });
    const { deps } = realDeps(scripted(() => 'Successful').measure, { retentionMs: 48 * 3_600_000 });
    const engine = createMemoryEngine({ ...deps, clock, log });
    this.#engines.push(engine);
    await engine.start();
    createDelivery({
      ...{ engine, http: client, secrets, clock, random: () => 0, log, metrics },
      ...(webhookSecret === undefined ? {} : { webhookSecret: new Secret(webhookSecret) }),
      ...(secretsOfCluster === undefined ? {} : { secretsOfCluster }),
    }).start();
    return engine;
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.stop()));
    this.#http.close();
    this.raw.closeAllConnections();
    await new Promise((resolve) => this.raw.close(resolve));
    await this.receiver.close();
  }
}

/** Gives `use` a world of its own before each test of the file, and closes it after. */
export function eachWorld(use: (world: World) => void): void {
  let world: World | undefined;
  beforeEach(async () => {
    world = await World.open();
    use(world);
  });
  afterEach(() => world?.close());
}

/** Starts the run of a test. */
export const create = (engine: Engine, ...callbacks: Callback[]) =>
  engine.create(runOf([metric('web')]), { id: 'run-1', callbacks });

/** The delivery to the first callback, once it is as `matching` says. */
export const recordOf = (engine: Engine, matching: object, id = 'verdict-0') =>
  vi.waitFor(
    async () => {
      const record = (await engine.deliveries('run-1'))?.find((each) => each.id === id);
      expect(record).toMatchObject(matching);
      return record;
    },
    { timeout: 10_000, interval: 10 },
  );
