import { setMaxListeners } from 'node:events';
import { type Cancel, type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import {
  isPassing,
  type KubernetesApi,
  KubernetesError,
  retryAfterOf,
} from '../../providers/kubernetes/index.js';
import { LAST_RETRY_AWAY_MS, LAST_RETRY_MS, retryMs } from '../retry.js';
import { Warnings } from '../warnings.js';
import { type EventPlace, type EventSubject, type NewEvent, newEvent, type ObjectEvent } from './events.js';

/** What an {@link EventRecorder} is made of. */
export interface EventRecorderDeps {
  readonly api: Pick<KubernetesApi, 'request'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** How an event is told. */
export interface Telling extends EventPlace {
  /** When it was, epoch ms; absent: now. */
  readonly atMs?: number | undefined;
  /** Called once the API server has it. Must not throw. */
  readonly onTold?: (() => void) | undefined;
}

/** Whoever has something to tell. */
export type Events = Pick<EventRecorder, 'tell'>;

/** Requests at once: few, as verdicts go first. */
const CONCURRENCY = 4;
/** More where the server takes them and they fall behind all the same: so many for each second. */
const MORE_PER_SECOND = 2;
const MOST_AT_ONCE = 16;
/** Events taken in a row for each place more. */
const TAKEN_FOR_PLACE = 8;
/** Of those at once that may well not be taken: a namespace in which something is wrong with events must not keep all others from theirs. */
const DOUBTFUL_AT_ONCE = 2;
/** Answers in a row that the server can not take them, after which no other event is tried for a while. */
const REFUSED_IN_ROW = 2 * CONCURRENCY;
/** Events that wait; beyond that the oldest are given up. */
const MOST_LEFT = 10_000;
/** Longest time that one is tried for, ms. The API server itself keeps events for an hour. */
const MAX_AGE_MS = 30 * 60_000;
/** A server that was away so short a time ago may not know yet what who asks may do, ms. */
const STARTING_MS = 10_000;
/** How long what is left is recorded for at the end, ms. */
const LAST_MS = 2_000;
/** How often the log tells the same trouble, ms. */
const TOLD_EVERY_MS = 5 * 60_000;

interface Left {
  /** UID of the object. */
  readonly of: string;
  readonly made: NewEvent;
  readonly reason: string;
  readonly atMs: number;
  readonly onTold: (() => void) | undefined;
  /** Not to be tried before, epoch ms. */
  dueAtMs: number;
  failures: number;
}

/**
 * Records events of objects behind everything else, those of one object in their order: nobody waits for them, and the verdict of one run does not wait for the
 * events of another. While the API server is away or overloaded they are kept, with the time at which they were told, and
 * tried again until it takes them; what it refuses is given up.
 */
export class EventRecorder {
  readonly #deps: EventRecorderDeps;
  readonly #warnings: Warnings;
  readonly #over = new AbortController();
  /** By path and name, in the order in which they were told; those under way are among them. */
  readonly #left = new Map<string, Left>();
  readonly #running = new Map<string, Promise<void>>();
  /** Nothing is tried before, epoch ms. */
  #heldUntilMs = 0;
  /** How often everything was held since an event was taken, and how many were not. */
  #holds = 0;
  #failures = 0;
  /** How many were taken since one was not. */
  #taken = 0;
  #isAway = false;
  #awayAtMs = Number.NEGATIVE_INFINITY;
  /** Paths at which one was not taken, and none since. */
  readonly #doubted = new Set<string>();
  /** Not told of yet. */
  #givenUp = 0;
  #cancelWake: Cancel = () => undefined;
  #onNoneLeft: () => void = () => undefined;

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps;
    const { log, clock } = deps;
    this.#warnings = new Warnings({ log, clock, everyMs: TOLD_EVERY_MS });
    // Each request listens; Node would take more than ten for a leak.
    setMaxListeners(0, this.#over.signal);
  }

  /** Has an event recorded. One that waits already is one. Nothing is told after {@link end}. */
  tell(
    subject: EventSubject,
    event: ObjectEvent,
    { atMs = this.#deps.clock.nowMs(), onTold, ...place }: Telling = {},
  ): void {
    if (this.#over.signal.aborted) return;
    const made = newEvent(subject, event, atMs, place);
    const key = `${made.path}/${made.name}`;
    if (this.#left.has(key)) return;
    const { uid: of } = subject;
    this.#left.set(key, { of, made, reason: event.reason, atMs, onTold, dueAtMs: 0, failures: 0 });
    if (this.#left.size > MOST_LEFT) this.#giveUpOldest();
    this.#next();
  }

  /** Tries what is left at once, for a moment, and ends. */
  async end(): Promise<void> {
    const noneLeft = new Promise<void>((resolve) => {
      this.#onNoneLeft = resolve;
    });
    this.#heldUntilMs = 0;
    for (const left of this.#left.values()) left.dueAtMs = 0;
    this.#next();
    await Promise.race([noneLeft, pause(this.#deps.timers, LAST_MS, this.#over.signal)]);
    this.#over.abort();
    this.#cancelWake();
    await Promise.all(this.#running.values());
    this.#givenUp += this.#left.size;
    this.#left.clear();
    this.#tellGivenUp();
  }

  /** Begins what is due and has a place, and looks again when more is due. */
  #next(): void {
    this.#cancelWake();
    if (this.#over.signal.aborted) return;
    const nowMs = this.#deps.clock.nowMs();
    let dueAtMs = Number.POSITIVE_INFINITY;
    // Whoever watches events sees those of an object in the order in which they are recorded.
    const hasEarlier = new Set<string>();
    const places = this.#places(nowMs);
    let doubtful = [...this.#running.keys()].filter((key) => this.#isDoubtful(this.#left.get(key))).length;
    if (nowMs < this.#heldUntilMs) dueAtMs = this.#left.size === 0 ? dueAtMs : this.#heldUntilMs;
    else
      for (const [key, left] of this.#left) {
        // Whoever is through looks for the next.
        if (this.#running.size >= places) return;
        if (hasEarlier.has(left.of)) continue;
        const isRunning = this.#running.has(key);
        if (!isRunning && nowMs - left.atMs > MAX_AGE_MS) {
          this.#giveUp(key);
          continue;
        }
        hasEarlier.add(left.of);
        if (isRunning) continue;
        if (left.dueAtMs <= nowMs) {
          // Whoever is through looks for the next of these, too.
          if (this.#isDoubtful(left) && ++doubtful > DOUBTFUL_AT_ONCE) continue;
          this.#begin(key, left);
        } else dueAtMs = Math.min(dueAtMs, left.dueAtMs);
      }
    if (this.#left.size === 0) {
      this.#doubted.clear();
      this.#tellGivenUp();
      this.#onNoneLeft();
    } else if (dueAtMs < Number.POSITIVE_INFINITY)
      this.#cancelWake = this.#deps.timers.set(() => {
        this.#next();
      }, dueAtMs - nowMs);
  }

  #places(nowMs: number): number {
    let behindMs = 0;
    for (const left of this.#left.values()) {
      if (this.#isDoubtful(left)) continue;
      behindMs = nowMs - left.atMs;
      break;
    }
    const more = Math.min(this.#taken / TAKEN_FOR_PLACE, (behindMs / 1_000) * MORE_PER_SECOND);
    return Math.min(CONCURRENCY + Math.floor(more), MOST_AT_ONCE);
  }

  #isDoubtful(left: Left | undefined): boolean {
    return left !== undefined && (left.failures > 0 || this.#doubted.has(left.made.path));
  }

  #begin(key: string, left: Left): void {
    const recording = this.#record(key, left).finally(() => {
      this.#running.delete(key);
      this.#next();
    });
    this.#running.set(key, recording);
  }

  async #record(key: string, left: Left): Promise<void> {
    const { signal } = this.#over;
    const { path, body } = left.made;
    try {
      await this.#deps.api.request({ method: 'POST', path, body, signal });
    } catch (error) {
      // One that was stored although the answer got lost has its name already.
      if (!(error instanceof KubernetesError && error.status === 409)) {
        if (signal.aborted) return;
        if (isPassing(error) || this.#isUnsure(error)) this.#keep(left, error);
        else this.#refused(key, left, error);
        return;
      }
    }
    this.#left.delete(key);
    this.#heldUntilMs = 0;
    [this.#holds, this.#failures] = [0, 0];
    this.#taken += 1;
    this.#doubted.delete(path);
    this.#tellGivenUp();
    left.onTold?.();
  }

  /** Whether the server did not know who asked, whose credentials are renewed, or has begun to work just now. */
  #isUnsure(error: unknown): error is KubernetesError {
    if (!(error instanceof KubernetesError)) return false;
    const isStarting = this.#deps.clock.nowMs() - this.#awayAtMs < STARTING_MS;
    return error.status === 401 || (error.status === 403 && isStarting);
  }

  /** A server that is away is away for all of them; one that answers may have trouble with this one only. */
  #keep(left: Left, error: KubernetesError): void {
    const nowMs = this.#deps.clock.nowMs();
    const isAway = error.status === undefined;
    // It is back, or gone: another trouble.
    if (isAway !== this.#isAway) [this.#holds, this.#failures] = [0, 0];
    this.#isAway = isAway;
    if (isAway) this.#awayAtMs = nowMs;
    this.#failures += 1;
    this.#taken = 0;
    const askedMs = retryAfterOf(error);
    // One that gets no answer in time may be the only one that does not.
    if (!isAway || error.code === 'timeout') {
      left.dueAtMs = nowMs + Math.max(retryMs(left.failures++), askedMs);
      this.#doubted.add(left.made.path);
    }
    if ((isAway || this.#failures >= REFUSED_IN_ROW) && nowMs >= this.#heldUntilMs) {
      const heldMs = retryMs(this.#holds++, isAway ? LAST_RETRY_AWAY_MS : LAST_RETRY_MS);
      this.#heldUntilMs = nowMs + Math.max(heldMs, askedMs);
    }
    this.#warnings.warn(
      `waiting ${error.status ?? 'away'}`,
      { err: error, events: this.#left.size },
      'events wait until the API server takes them',
    );
  }

  #refused(key: string, { made: { path }, reason }: Left, error: unknown): void {
    this.#left.delete(key);
    const status = error instanceof KubernetesError ? error.status : 'no answer';
    this.#warnings.warn(
      `refused ${path} ${status} ${reason}`,
      { err: error, event: key, reason },
      'an event could not be recorded',
    );
  }

  #giveUpOldest(): void {
    for (const key of this.#left.keys()) {
      if (this.#running.has(key)) continue;
      this.#giveUp(key);
      return;
    }
  }

  #giveUp(key: string): void {
    this.#left.delete(key);
    this.#givenUp += 1;
  }

  /** Once it is known how many they are. */
  #tellGivenUp(): void {
    if (this.#givenUp === 0) return;
    const events = this.#givenUp;
    this.#givenUp = 0;
    this.#deps.log.warn(
      { events },
      'events were not recorded: the API server did not take them in time, or they were too many',
    );
  }
}
