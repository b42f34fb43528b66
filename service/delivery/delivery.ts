import type { DeliveryAttempt } from '../../schemas/index.js';
import { toMoment } from '../analysis/index.js';
import type { Delivery as EngineDelivery, DeliveryOutcome, Engine } from '../engine/index.js';
import {
  type Clock,
  type Log,
  type Metrics,
  noTracing,
  type Secret,
  TRACE_ANNOTATION,
  traceField,
  type Tracing,
} from '../platform/index.js';
import type { HttpClient, SecretReader } from '../providers/index.js';
import { attemptDelivery } from './attempt.js';
import { type Answered, HostLimits } from './host-limits.js';
import type { Attempted } from './post.js';
import { nextStep } from './retry.js';
import { signingKeys } from './signature.js';

/** Deliveries made at once in a process. */
const AT_ONCE = 64;

/** What webhooks are sent with. */
export interface DeliveryDeps {
  readonly engine: Pick<Engine, 'takeDeliveries'>;
  readonly http: HttpClient;
  /** What `secretRef` of callbacks reads. */
  readonly secrets: SecretReader;
  /** Secrets of the cluster that a run is of; undefined: of the service's own. Default: every run is of that. */
  readonly secretsOfCluster?: (cluster: string | undefined) => SecretReader | undefined;
  /** Signs for callbacks without a secretRef; absent: those are sent unsigned. */
  readonly webhookSecret?: Secret;
  readonly clock: Clock;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'webhookTried' | 'webhookEnded'>;
  /** Default: no traces. */
  readonly tracing?: Tracing;
}

/** The sending of webhooks. */
export interface Delivery {
  /** Begins to send what is due, in this process. A second call does nothing. */
  start(): void;
  /** Takes no more, and gives attempts that are being made a moment to end. */
  stop(): Promise<void>;
}

/**
 * Sends webhooks of an engine.
 * @throws SigningSecretError when `webhookSecret` is none.
 */
export function createDelivery(deps: DeliveryDeps): Delivery {
  const { engine, webhookSecret, clock, random, log, metrics, tracing = noTracing } = deps;
  const defaultKeys = webhookSecret === undefined ? [] : signingKeys(webhookSecret.reveal());
  const hosts = new HostLimits(AT_ONCE);
  let end: (() => Promise<void>) | undefined;

  const deliver = async (delivery: EngineDelivery, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const host = hostOf(delivery.callback.url);
    const beganMs = clock.nowMs();
    const entry = hosts.enter({ host, namespace: delivery.run.metadata?.namespace ?? '' }, beganMs);
    if ('againAtMs' in entry) return { kind: 'deferred', atMs: entry.againAtMs };
    let attempted: Attempted | undefined;
    try {
      attempted = await tracing.span(
        spanOf(delivery, host),
        (traceParent) => attemptDelivery(delivery, signal, { ...deps, defaultKeys, traceParent }),
        endOf,
      );
    } catch (error) {
      // Told as an attempt, it is tried again as others are and given up in the end; thrown, it would come back for ever.
      log.error(
        { err: error, run: delivery.run.metadata?.uid, delivery: delivery.id },
        'a webhook could not be made',
      );
      attempted = { attempt: faultOfOurs(beganMs, clock.nowMs()) };
    } finally {
      entry.leave(answeredIn(attempted), clock.nowMs());
    }
    return attempted === undefined
      ? { kind: 'deferred', atMs: clock.nowMs() }
      : outcomeOf(delivery, attempted, beganMs);
  };

  const outcomeOf = (
    { id, run, tries, firstTryAtMs }: EngineDelivery,
    { attempt, retryAfter }: Attempted,
    beganMs: number,
  ): DeliveryOutcome => {
    const { outcome, status } = attempt;
    metrics.webhookTried(outcome);
    const next = nextStep(
      {
        ...(status === undefined ? {} : { status }),
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...{ tries, firstTryAtMs: firstTryAtMs ?? beganMs, nowMs: clock.nowMs() },
      },
      random(),
    );
    if (next.kind !== 'retry') metrics.webhookEnded(next.kind);
    const trace = traceField(run.metadata?.annotations?.[TRACE_ANNOTATION]);
    const told = { run: run.metadata?.uid, delivery: id, outcome, status, tries: tries + 1, ...trace };
    if (next.kind === 'failed') log.warn(told, 'a webhook was given up');
    else
      log.info(told, next.kind === 'delivered' ? 'a webhook was delivered' : 'a webhook will be tried again');
    return { kind: 'tried', attempt, next };
  };

  return {
    start() {
      end ??= engine.takeDeliveries(deliver, AT_ONCE);
    },
    async stop() {
      await end?.();
    },
  };
}

/** Whether the host answered. An attempt that never reached it says nothing of it, or one caller's mistake would slow down others. */
function answeredIn(attempted: Attempted | undefined): Answered {
  switch (attempted?.attempt.outcome) {
    case 'delivered':
    case 'rejected':
      return true;
    case 'timeout':
    case 'unreachable':
      return false;
    default:
      return undefined;
  }
}

const faultOfOurs = (beganMs: number, nowMs: number): DeliveryAttempt => ({
  at: toMoment(beganMs),
  outcome: 'internal',
  error: 'a fault of Assay; its log says more',
  durationMs: Math.max(0, nowMs - beganMs),
});

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

/** The span of an attempt. Paths and queries of callbacks can hold tokens: only the host is told. */
const spanOf = ({ id, run, tries }: EngineDelivery, host: string) => ({
  name: 'webhook',
  kind: 'client' as const,
  parent: run.metadata?.annotations?.[TRACE_ANNOTATION],
  attributes: {
    'assay.run.id': run.metadata?.uid ?? '',
    'assay.delivery.id': id,
    'assay.delivery.try': tries + 1,
    'server.address': host,
  },
});

const endOf = (attempted: Attempted | undefined) => {
  if (attempted === undefined) return { attributes: { 'assay.delivery.outcome': 'interrupted' } };
  const { outcome, status, error } = attempted.attempt;
  return {
    attributes: {
      'assay.delivery.outcome': outcome,
      ...(status === undefined ? {} : { 'http.response.status_code': status }),
    },
    ...(error === undefined ? {} : { error }),
  };
};
