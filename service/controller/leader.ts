import { type Clock, type Log, pause, type Timers } from '../platform/index.js';
import { fields, type KubernetesApi, KubernetesError, text } from '../providers/kubernetes/index.js';
import { Warnings } from './warnings.js';

/** Times of a {@link leadWhenElected}, ms. */
export interface LeaseTimes {
  /** A leader that did not renew its lease for so long is no leader any more. Whole seconds. */
  readonly leaseMs: number;
  /** A leader that could not renew for so long ends its work: before another one may begin. */
  readonly renewWithinMs: number;
  /** Time between attempts to get or renew the lease. */
  readonly everyMs: number;
}

const TIMES: LeaseTimes = { leaseMs: 10_000, renewWithinMs: 7_000, everyMs: 2_000 };

/** How often the log tells the same reason for which there is no lease, ms. */
const TOLD_EVERY_MS = 60_000;
const UNASKED = 'the lease can not be asked for: until it can, this replica does not lead';
const REFUSED =
  'the lease can not be had, and nothing is done without it: its namespace has to be there and this account has to be allowed to get, create and update leases in it; POD_NAMESPACE names another namespace, --no-leader-elect is for a single replica';

/** What an election needs. */
export interface LeaseDeps {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  /** Who we are, unique among the replicas. */
  readonly identity: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Told why the lease can not be asked for; undefined: it can. */
  readonly onTrouble: (reason: string | undefined) => void;
  readonly times?: LeaseTimes;
}

/**
 * Leads while this process is the one that holds the Lease, again and again until `signal` is aborted; then the Lease is
 * given back, so that another replica need not wait. As in Kubernetes' own election, whether a lease has run out is told
 * by how long it has not changed here, so that clocks need not agree.
 * @param lead works until its signal is aborted, which is before anybody else leads.
 */
export async function leadWhenElected(
  deps: LeaseDeps,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, timers, log, identity, namespace, name, onTrouble, times = TIMES } = deps;
  const lease = new Lease(deps, times);
  const warnings = new Warnings({ log, clock, everyMs: TOLD_EVERY_MS });
  const told = { lease: `${namespace}/${name}` };
  let holder = '';
  while (!signal.aborted) {
    let isHeld = false;
    try {
      isHeld = await lease.take();
      warnings.clear();
      onTrouble(undefined);
    } catch (error) {
      const reason = reasonOf(error);
      warnings.warn(reason, { err: error, ...told }, isRefusal(error) ? REFUSED : UNASKED);
      onTrouble(reason);
    }
    if (!isHeld && lease.holder !== holder) {
      holder = lease.holder;
      if (holder !== '')
        log.info({ ...told, holder }, 'this replica waits for the lease, which another one holds');
    }
    if (isHeld) {
      holder = '';
      log.info({ identity, ...told }, 'this replica leads');
      await leadWhileHeld(deps, times, lease, lead, signal);
    }
    if (!isAborted(signal)) await pause(timers, times.everyMs * (0.9 + Math.random() / 5), signal);
  }
  try {
    await lease.giveBack();
  } catch (error) {
    log.warn({ err: error }, 'the lease could not be given back: the next leader waits until it has run out');
  }
}

async function leadWhileHeld(
  { clock, timers, log, onTrouble }: LeaseDeps,
  { everyMs, renewWithinMs }: LeaseTimes,
  lease: Lease,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const leading = lead(over.signal).finally(() => {
    over.abort();
  });
  // It is awaited below, and must not count as unhandled until then.
  leading.catch(() => undefined);
  let renewedAtMs = clock.nowMs();
  const until = AbortSignal.any([signal, over.signal]);
  while ((await pause(timers, everyMs, until)) === 'late') {
    try {
      if (!(await lease.take(renewWithinMs - (clock.nowMs() - renewedAtMs)))) {
        log.warn({}, 'another replica leads');
        break;
      }
      renewedAtMs = clock.nowMs();
      onTrouble(undefined);
    } catch (error) {
      onTrouble(reasonOf(error));
      log.warn({ err: error }, 'the lease could not be renewed');
      if (clock.nowMs() - renewedAtMs >= renewWithinMs) break;
    }
  }
  over.abort();
  await leading;
}

/** The Lease object, https://kubernetes.io/docs/concepts/architecture/leases. */
class Lease {
  readonly #deps: LeaseDeps;
  readonly #times: LeaseTimes;
  /** The version of somebody else's lease, and since when it has not changed here. */
  #seen = { version: '', sinceMs: 0 };
  #holder = '';

  constructor(deps: LeaseDeps, times: LeaseTimes) {
    this.#deps = deps;
    this.#times = times;
  }

  /** Who has it, as far as is known: somebody else, or nobody. */
  get holder(): string {
    return this.#holder;
  }

  /** Takes or renews the lease; false: somebody else has it. */
  async take(withinMs = this.#times.renewWithinMs): Promise<boolean> {
    const { identity, clock } = this.#deps;
    const signal = AbortSignal.timeout(Math.max(1, Math.round(withinMs)));
    const lease = await this.#read(signal);
    if (lease === undefined) return this.#write('POST', {}, 0, signal);
    const spec = fields(lease['spec']);
    const holder = text(spec['holderIdentity']);
    const version = text(fields(lease['metadata'])['resourceVersion']);
    const transitions = typeof spec['leaseTransitions'] === 'number' ? spec['leaseTransitions'] : 0;
    this.#holder = holder === identity ? '' : holder;
    if (holder === identity)
      return this.#write('PUT', { lease, acquireTime: spec['acquireTime'] }, transitions, signal);
    if (holder !== '') {
      const nowMs = clock.nowMs();
      if (version !== this.#seen.version) this.#seen = { version, sinceMs: nowMs };
      const seconds = spec['leaseDurationSeconds'];
      const leaseMs = typeof seconds === 'number' ? seconds * 1_000 : this.#times.leaseMs;
      if (nowMs - this.#seen.sinceMs < leaseMs) return false;
    }
    return this.#write('PUT', { lease }, transitions + 1, signal);
  }

  async giveBack(): Promise<void> {
    const signal = AbortSignal.timeout(this.#times.everyMs);
    const lease = await this.#read(signal);
    const spec = fields(lease?.['spec']);
    if (lease === undefined || spec['holderIdentity'] !== this.#deps.identity) return;
    const body = { ...lease, spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 } };
    await this.#put(body, signal);
  }

  async #read(signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      return fields(await this.#deps.api.request({ method: 'GET', path: this.#path(), signal }));
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #write(
    method: 'POST' | 'PUT',
    {
      lease,
      acquireTime,
    }: { readonly lease?: Readonly<Record<string, unknown>>; readonly acquireTime?: unknown },
    leaseTransitions: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { name, namespace, identity, clock } = this.#deps;
    // MicroTime: six digits after the point.
    const now = new Date(clock.nowMs()).toISOString().replace('Z', '000Z');
    const body = {
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
      metadata: lease === undefined ? { name, namespace } : lease['metadata'],
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.round(this.#times.leaseMs / 1_000),
        acquireTime: acquireTime ?? now,
        renewTime: now,
        leaseTransitions,
      },
    };
    if (method === 'PUT') return this.#put(body, signal);
    return this.#sent({ method, path: this.#folder(), body, signal });
  }

  #put(body: unknown, signal: AbortSignal): Promise<boolean> {
    return this.#sent({ method: 'PUT', path: this.#path(), body, signal });
  }

  /** False: somebody else was faster. */
  async #sent(request: Parameters<KubernetesApi['request']>[0]): Promise<boolean> {
    try {
      await this.#deps.api.request(request);
      return true;
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 409) return false;
      throw error;
    }
  }

  #folder(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#deps.namespace)}/leases`;
  }

  #path(): string {
    return `${this.#folder()}/${encodeURIComponent(this.#deps.name)}`;
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The namespace is not there, or the rights are not. */
const isRefusal = (error: unknown): boolean =>
  error instanceof KubernetesError && (error.status === 403 || error.status === 404);

/** It may have been aborted in between, which the compiler does not see. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;
