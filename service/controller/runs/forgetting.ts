import type { Clock } from '../../platform/index.js';
import { LAST_RETRY_MS } from '../retry.js';
import type { ServiceClient } from '../service/service-client.js';
import type { WorkQueue } from '../work-queue.js';
import type { RunObject } from './run-object.js';

/** What {@link Forgetting} needs. */
interface ForgettingDeps {
  readonly service: Pick<ServiceClient, 'forget'>;
  readonly cluster: string;
  readonly clock: Clock;
  /** Who works on the keys that are added here. */
  readonly queue: Pick<WorkQueue, 'add' | 'addAt'>;
  /** Longest pause before the service is asked again, ms. */
  readonly lastRetryMs: number;
  /** Whether a sweep finds what was not forgotten. */
  readonly isSwept: () => boolean;
  readonly onFailed: () => void;
}

/** What the keys of runs that are to be forgotten begin with: no name of an object does. */
const FORGET = 'forget ';

/** Has the service forget runs whose objects are gone. */
export class Forgetting {
  readonly #deps: ForgettingDeps;
  /** How often the service did not forget what it was to, by key. */
  readonly #failures = new Map<string, number>();

  constructor(deps: ForgettingDeps) {
    this.#deps = deps;
  }

  /** Has the run of an object that is gone forgotten. */
  begin({ key, metadata: { uid } }: RunObject): void {
    this.#deps.queue.add(`${FORGET}${uid}/${key}`);
  }

  /** Whether work on a key is to forget a run. */
  isOf(key: string): boolean {
    return key.startsWith(FORGET);
  }

  /** Asks the service, and again later if it is away or refuses. Never rejects. */
  async work(key: string): Promise<void> {
    const { service, cluster, clock, queue, lastRetryMs, isSwept, onFailed } = this.#deps;
    const [uid = '', namespace = '', name = ''] = key.slice(FORGET.length).split('/');
    try {
      await service.forget(uid, { namespace, name, cluster });
      this.#failures.delete(key);
    } catch {
      // The service is away, which its stream tells, or refuses.
      onFailed();
      const failures = this.#failures.get(key) ?? 0;
      const wantedMs = (LAST_RETRY_MS / 3) * 2 ** failures;
      // A sweep finds the run then, if it can tell whose it is.
      if (wantedMs > lastRetryMs && isSwept()) this.#failures.delete(key);
      else {
        this.#failures.set(key, failures + 1);
        queue.addAt(key, clock.nowMs() + Math.min(wantedMs, lastRetryMs), clock.nowMs());
      }
    }
  }
}
