import type { CleanupStack } from '../../platform/index.js';
import type { CliDeps } from '../deps.js';
import type { JudgeMeans } from './judge.js';
import { createLoopbackClient } from './loopback.js';
import { type MetricSource, openMetricSource } from './metric-source.js';
import type { Pace } from './pace.js';
import { STABLE } from './release.js';
import { type SampleService, startSampleService } from './sample-service.js';
import { newWebhookSecret } from './signature.js';
import { startUsers, type Users } from './users.js';
import { startInbox } from './webhook-inbox.js';
import { startProxy, type WeightedProxy } from './weighted-proxy.js';

/** Requests that the users send in a second. */
export const REQUESTS_A_SECOND = 200;

/** Everything that plays a part in the demo, running. */
export interface Stage {
  /** Where versions run. One place is of the stable version, the other one is for the next canary. */
  readonly places: readonly [SampleService, SampleService];
  readonly proxy: WeightedProxy;
  readonly users: Users;
  readonly source: MetricSource;
  readonly judge: JudgeMeans;
}

/**
 * Sets up, on free ports of loopback: two places of the sample service, the proxy in front of them and its users, what
 * measurements come from, an Assay, and the receiver of its webhooks. `cleanup` takes it all away again.
 */
export async function setStage(pace: Pace, deps: CliDeps, cleanup: CleanupStack): Promise<Stage> {
  const { io, clock } = deps;
  const client = createLoopbackClient();
  cleanup.defer('connections', () => {
    client.close();
  });
  const secret = newWebhookSecret();
  const inbox = await startInbox(secret, clock);
  cleanup.defer('webhook receiver', () => inbox.close());
  const openPlace = async (): Promise<SampleService> => {
    const place = await startSampleService(STABLE, { windowMs: pace.windowMs, clock });
    cleanup.defer('sample service', () => place.close());
    return place;
  };
  const places = [await openPlace(), await openPlace()] as const;
  const [stable, canary] = places;
  const proxy = await startProxy({ stable: stable.url, canary: canary.url, canaryPercent: 0 }, client);
  cleanup.defer('proxy', () => proxy.close());
  // From now on, so that all of it is warm when the first canary comes.
  const users = startUsers(`${proxy.url}/checkout`, REQUESTS_A_SECOND, client);
  cleanup.defer('users', () => users.stop());
  const source = await openMetricSource(places, pace, { env: io.env, client, signal: io.interrupt }, cleanup);
  // Nothing of the environment: it may name a Redis, a port that is taken, or a proxy.
  const assay = await deps.openServer(
    { port: '0' },
    { ASSAY_WEBHOOK_SECRET: secret, ASSAY_LOG_LEVEL: 'silent' },
  );
  cleanup.defer('Assay', () => assay.close());
  return {
    places,
    proxy,
    users,
    source,
    judge: { assayUrl: assay.url, client, inbox, deadlineMs: pace.deadlineMs },
  };
}
