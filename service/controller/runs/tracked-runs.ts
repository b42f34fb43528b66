import { isCompleted } from '../../analysis/index.js';
import type { Clock } from '../../platform/index.js';
import type { AnalysisRunStatus } from '../../../schemas/index.js';
import type { ServiceView } from './plan.js';
import { isOlder, type RunObject } from './run-object.js';
import { isAnew, progressOf } from './run-status.js';

/** An object that goes on, or waits for its deletion. */
export interface Tracked {
  object: RunObject;
  service: ServiceView;
  readonly seenAtMs: number;
  /** When the service was last heard of about it. */
  heardAtMs: number;
  /** The latest status that the service told. */
  latest?: AnalysisRunStatus;
  writtenAtMs?: number;
  written?: Readonly<Record<string, unknown>>;
  isTerminated: boolean;
  /** The object was deleted. Who works for it just now finds out by this. */
  isGone: boolean;
  /** Requests about it that failed in a row, by who was asked: the one may answer while the other does not. */
  readonly failures: { service: number; kubernetes: number };
}

/** What is known of the AnalysisRuns that something may still have to be done about. Those that are over are not kept. */
export class TrackedRuns {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Tracked>();
  readonly #keysById = new Map<string, string>();
  /** Those that go on. */
  readonly #open = new Set<Tracked>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many go on: thousands may wait for nothing but their deletion. */
  get open(): number {
    return this.#open.size;
  }

  get(key: string): Tracked | undefined {
    return this.#byKey.get(key);
  }

  /** The run with this id; undefined: it is not, or no longer, of interest. */
  ofId(id: string): Tracked | undefined {
    const tracked = this.#byKey.get(this.#keysById.get(id) ?? '');
    return tracked?.object.metadata.uid === id ? tracked : undefined;
  }

  /** Takes over a state of an object. Answers the object that had its name before and must be gone. */
  see(object: RunObject): RunObject | undefined {
    const before = this.#byKey.get(object.key)?.object;
    const another = before?.metadata.uid === object.metadata.uid ? undefined : before;
    if (another !== undefined) this.lose(another);
    // Nothing will ever be done about it.
    if (object.isCompleted && object.deleteAtMs === undefined) {
      this.drop(object);
      return another;
    }
    const tracked = this.#byKey.get(object.key);
    if (tracked === undefined) {
      const nowMs = this.#clock.nowMs();
      const begun: Tracked = {
        ...{ object, service: { kind: 'unknown' }, seenAtMs: nowMs, heardAtMs: nowMs },
        ...{ isTerminated: false, isGone: false, failures: { service: 0, kubernetes: 0 } },
      };
      this.#keysById.set(object.metadata.uid, object.key);
      this.#byKey.set(object.key, begun);
      this.#have(begun, object);
    } else this.replace(tracked, object);
    return another;
  }

  /** Takes over a state of the object that somebody else may have written: then what was written here is there no more. */
  replace(tracked: Tracked, object: RunObject): void {
    if (isOlder(object.metadata, tracked.object.metadata)) return;
    if (object.metadata.resourceVersion !== tracked.object.metadata.resourceVersion) delete tracked.written;
    this.#have(tracked, object);
  }

  /**
   * Takes over a state of the object that was read after `known` was: it is older only where the cluster was restored from a
   * backup, and what was known is no more.
   */
  read(tracked: Tracked, object: RunObject, known: RunObject): void {
    if (!isOlder(object.metadata, known.metadata)) {
      this.replace(tracked, object);
      return;
    }
    delete tracked.written;
    this.#have(tracked, object);
  }

  /** Takes over what came of a status that was written here. The watch may have been faster, and have brought what came after it. */
  wrote(tracked: Tracked, object: RunObject, status: Readonly<Record<string, unknown>>): void {
    tracked.writtenAtMs = this.#clock.nowMs();
    if (isOlder(object.metadata, tracked.object.metadata)) return;
    tracked.written = status;
    this.#have(tracked, object);
  }

  #have(tracked: Tracked, object: RunObject): void {
    tracked.object = object;
    if (this.#byKey.get(object.key) === tracked && !object.isCompleted) this.#open.add(tracked);
    else this.#open.delete(tracked);
  }

  /** The object was deleted. */
  lose(object: RunObject): void {
    const tracked = this.ofId(object.metadata.uid);
    if (tracked !== undefined) tracked.isGone = true;
    this.drop(object);
  }

  drop({ key, metadata: { uid } }: RunObject): void {
    const tracked = this.#byKey.get(key);
    if (tracked?.object.metadata.uid === uid) {
      this.#byKey.delete(key);
      this.#open.delete(tracked);
    }
    this.#keysById.delete(uid);
  }

  /** Takes over what the service told. States of a run may arrive in another order than they were in. */
  know(tracked: Tracked, status: AnalysisRunStatus): void {
    const { latest } = tracked;
    if (latest === undefined || isAnew(latest, status) || progressOf(status) >= progressOf(latest))
      tracked.latest = status;
    tracked.service = { kind: 'known', status: tracked.latest ?? status };
    tracked.heardAtMs = this.#clock.nowMs();
    tracked.failures.service = 0;
  }

  /** Makes nothing known of these runs, so that the service is asked. Answers them. */
  doubt(which: (tracked: Tracked) => boolean): readonly Tracked[] {
    const doubted = [...this.#byKey.values()].filter(
      (tracked) => !tracked.object.isCompleted && tracked.service.kind !== 'refused' && which(tracked),
    );
    for (const tracked of doubted) {
      tracked.service = { kind: 'unknown' };
      // A service that has lost the run, or the word, is told again; it does nothing twice.
      tracked.isTerminated = false;
    }
    return doubted;
  }

  /** Runs that go on and of which nothing was heard since. */
  silentSince(ms: number): (tracked: Tracked) => boolean {
    return ({ service, heardAtMs }) =>
      service.kind === 'known' && !isCompleted(service.status.phase) && heardAtMs < ms;
  }
}
