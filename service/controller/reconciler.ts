import type { Clock, Log, Timers } from '../platform/index.js';
import { type KubernetesApi, KubernetesError, retryAfterOf } from '../providers/kubernetes/index.js';
import type { ArgoMetrics, Reconciled } from './argo-metrics.js';
import type { Collection } from './objects/collections.js';
import type { Events } from './objects/event-recorder.js';
import type { EventSubject, ObjectEvent } from './objects/events.js';
import type { ObjectCache, Stored } from './objects/object-cache.js';
import { Conflict } from './objects/object-writer.js';
import { keyOf } from './runs/run-object.js';
import type { ObjectType } from './traffic/index.js';
import { WorkBudget } from './work-budget.js';
import { WorkQueue } from './work-queue.js';

/** What all controllers of objects need. */
export interface ReconcilerDeps {
  readonly api: KubernetesApi;
  readonly cache: ObjectCache;
  readonly events: Events;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Pick<ArgoMetrics, 'reconciled' | 'failedOn' | 'told' | 'gone'> & {
    /** A request to the API server failed and is repeated. */
    failed(side: 'kubernetes'): void;
  };
}

/** Whose objects are carried out, and how. */
export interface Subject {
  readonly kind: Reconciled['kind'];
  readonly collection: Collection;
  /** Keys of the objects that a change of another one may give something to do. */
  concerned(type: ObjectType, stored: Stored): readonly string[];
  /** Decides about an object and does it; undefined: it is gone. True: there was something to do, so that there may be more. */
  decide(key: string, stored: Stored | undefined): Promise<boolean>;
}

/** How an event is told. */
interface ReconcilerTelling {
  readonly of?: EventSubject & Reconciled;
  readonly index?: number;
  readonly atMs?: number;
}

/** Objects worked on at once. */
const CONCURRENCY = 16;
/** Plans in a row for one object, after which others have their turn. */
const ROUNDS = 20;
const NEXT_TURN_MS = 100;
/**
 * Plans for one object that had something to do. No rollout has so many but one whose changes somebody undoes: a second
 * controller, or a tool that applies manifests. The API server must not be the place where that is fought out.
 */
const PACE = { burst: 200, perSecond: 2 };
/** What is not known yet is asked for again, ms; a list that comes to be known wakes all. */
const UNKNOWN_RETRY_MS = 1_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;
/** A server that is away may be back at any moment. Its lists wake all then, but a request can fail while they go on. */
const LAST_RETRY_AWAY_MS = 3_000;

/**
 * Has objects of a kind decided about whenever something has changed that may matter, until there is nothing left to do.
 * What fails is tried again later, ever more rarely, and told of once.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #subject: Subject;
  readonly #signal: AbortSignal;
  readonly #queue: WorkQueue;
  readonly #budget = new WorkBudget(PACE);
  /** Objects that do not come to rest, as far as it was told. */
  readonly #restless = new Set<string>();
  /** Failures in a row, and what they were about. */
  readonly #failures = new Map<string, { readonly count: number; readonly told: string }>();

  constructor(deps: ReconcilerDeps, subject: Subject, signal: AbortSignal) {
    this.#deps = deps;
    this.#subject = subject;
    this.#signal = signal;
    const { cache, timers } = deps;
    this.#queue = new WorkQueue({ concurrency: CONCURRENCY, timers, work: (key) => this.#work(key) });
    cache.listen({
      onChange: (type, stored) => {
        const keys =
          type === subject.collection.type ? [keyOf(stored.metadata)] : subject.concerned(type, stored);
        for (const key of keys) this.#queue.add(key);
      },
      onListed: () => {
        this.#addAll();
      },
    });
  }

  /** Works until the signal is aborted, and what is under way is done. */
  async run(): Promise<void> {
    // The list of the objects brings everything else about.
    this.#addAll();
    await new Promise<void>((resolve) => {
      if (this.#signal.aborted) resolve();
      this.#signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await this.#queue.stop();
  }

  /** Decides about the object again at a time, epoch ms, although nothing may have changed. */
  lookAgainAt(key: string, atMs: number): void {
    this.#queue.addAt(key, atMs, this.#deps.clock.nowMs());
  }

  /** Whether all that is to be decided from is known; if not, the object is looked at again later. */
  async isKnown(key: string, collections: readonly (Collection | undefined)[]): Promise<boolean> {
    const wanted = collections.filter((collection) => collection !== undefined);
    const known = await Promise.all(wanted.map((collection) => this.#deps.cache.isKnown(collection)));
    if (known.every(Boolean)) return true;
    this.lookAgainAt(key, this.#deps.clock.nowMs() + UNKNOWN_RETRY_MS);
    return false;
  }

  /**
   * Has an event of an object recorded, or of another one.
   * @param how `index`: its place among those that a plan tells; absent: after them. `atMs`: when it was; absent: now.
   */
  tell({ metadata }: Stored, event: ObjectEvent, { of, index, atMs }: ReconcilerTelling = {}): void {
    const { events, metrics } = this.#deps;
    const subject = of ?? { ...metadata, kind: this.#subject.kind };
    events.tell(subject, event, {
      ...{ index, atMs },
      onTold: () => {
        // What is counted of an object goes with it.
        if (this.#stored(keyOf(metadata)) !== undefined) metrics.told(subject, event);
      },
    });
  }

  #addAll(): void {
    const { cache } = this.#deps;
    for (const { metadata } of cache.list(this.#subject.collection)) this.#queue.add(keyOf(metadata));
  }

  #stored(key: string): Stored | undefined {
    const [namespace = '', name = ''] = key.split('/');
    return this.#deps.cache.get(this.#subject.collection, namespace, name);
  }

  /** True: there was something to do. */
  async #decide(key: string): Promise<boolean> {
    const { clock, metrics } = this.#deps;
    const stored = this.#stored(key);
    const beganMs = clock.nowMs();
    const isMore = await this.#subject.decide(key, stored);
    if (stored === undefined) {
      this.#budget.forget(key);
      this.#restless.delete(key);
      metrics.gone(this.#named(key));
    } else metrics.reconciled(this.#named(key), (clock.nowMs() - beganMs) / 1_000);
    return isMore;
  }

  #named(key: string): Reconciled {
    const [namespace = '', name = ''] = key.split('/');
    return { kind: this.#subject.kind, namespace, name };
  }

  async #work(key: string): Promise<void> {
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        if (this.#signal.aborted || this.#isHeld(key)) return;
        if (!(await this.#decide(key))) {
          this.#failures.delete(key);
          this.#restless.delete(key);
          return;
        }
        this.#budget.spend(key, this.#deps.clock.nowMs());
      }
      this.lookAgainAt(key, this.#deps.clock.nowMs() + NEXT_TURN_MS);
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(key, error);
    }
  }

  /** Whether there was too much to do for the object; it is looked at again when there may be more. */
  #isHeld(key: string): boolean {
    const { clock, log } = this.#deps;
    const untilMs = this.#budget.heldUntilMs(key, clock.nowMs());
    if (untilMs === undefined) return false;
    this.lookAgainAt(key, untilMs);
    const stored = this.#stored(key);
    if (stored === undefined || this.#restless.has(key)) return true;
    this.#restless.add(key);
    const { kind } = this.#subject;
    log.warn({ object: { kind, name: key } }, 'an object does not come to rest, and is changed less often');
    this.tell(stored, {
      ...{ type: 'Warning', reason: 'ReconcileThrottled' },
      message: `This ${kind} does not come to rest: something may undo what the controller changes. Look for another controller of Rollouts without an instance id, or a tool that applies Services or routes again`,
    });
    return true;
  }

  #failed(key: string, error: unknown): void {
    const { clock, log, metrics } = this.#deps;
    const { count = 0, told = '' } = this.#failures.get(key) ?? {};
    const isAway = error instanceof KubernetesError && error.status === undefined;
    const lastMs = isAway ? LAST_RETRY_AWAY_MS : LAST_RETRY_MS;
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** count, lastMs) * (0.75 + Math.random() / 2);
    this.lookAgainAt(key, clock.nowMs() + Math.max(retryMs, retryAfterOf(error)));
    if (error instanceof Conflict) {
      this.#failures.set(key, { count: count + 1, told });
      return;
    }
    metrics.failed('kubernetes');
    metrics.failedOn(this.#named(key));
    const { kind } = this.#subject;
    log.warn(
      { err: error, object: { kind, name: key } },
      'an object could not be carried on and is tried again',
    );
    const reason = error instanceof Error ? error.message : String(error);
    this.#failures.set(key, { count: count + 1, told: reason });
    // Whoever owns the object sees no logs. Said once; a server that is away can be told nothing.
    const stored = this.#stored(key);
    if (stored !== undefined && !isAway && reason !== told)
      this.tell(stored, { type: 'Warning', reason: 'ReconcileError', message: reason });
  }
}
