import type {
  AnalysisRun,
  AnalysisRunStatus,
  Callback,
  DeliveryAttempt,
  Measurement,
  MetricResult,
} from '../../schemas/index.js';
import type { Tick } from './timetable-port.js';

/** Why a run is to end early: somebody asked for it, or a metric has decided it. */
export type EndReason = 'asked' | 'decided';

/** The state of one series: one metric of one run. */
export interface StoredSeries {
  /** Number of commits so far; every commit names the number it was made from. */
  readonly seq: number;
  /** When the series wants to be looked at again, epoch ms. */
  readonly nextAtMs: number;
  /** Undefined until something was measured. */
  readonly result?: MetricResult;
}

/** See {@link RunStore.finish}. */
export type FinishOutcome = 'finished' | 'moved' | 'over';

/** How a run ended. Written once. */
export interface Completion {
  readonly status: AnalysisRunStatus;
  /** When the run may be forgotten, epoch ms. */
  readonly expiresAtMs: number;
}

/** A run as it is put into a store. */
export interface NewRun {
  readonly id: string;
  /** See {@link StoredRun.incarnation}. */
  readonly incarnation: string;
  /** The run without a status: metadata complete, secrets not filled in. */
  readonly document: AnalysisRun;
  readonly callbacks: readonly Callback[];
  /** Digest of what the caller asked for, by which a repetition is recognised. */
  readonly fingerprint: string;
  readonly createdAtMs: number;
  /** First due time of each series, epoch ms. */
  readonly series: ReadonlyMap<string, number>;
  /** Who asked for it. */
  readonly requestedBy?: string;
  /** For a run whose spec asks it to end. */
  readonly ending?: EndReason;
  /** For a run that is over before it began: its spec can not be measured. */
  readonly completion?: Completion;
  /** What callbacks are to be told of at once: the verdict of a run that is over before it began. */
  readonly deliveries: readonly StoredDelivery[];
}

/** A run as a store holds it. */
export interface StoredRun {
  readonly id: string;
  /** Random text, made with the run: tells it from another one that has its id after it was forgotten. No line breaks or `|`. */
  readonly incarnation: string;
  readonly document: AnalysisRun;
  readonly callbacks: readonly Callback[];
  readonly fingerprint: string;
  readonly createdAtMs: number;
  /** Who asked for it. */
  readonly requestedBy?: string;
  /** Set: it is to end. */
  readonly ending?: EndReason;
  readonly series: ReadonlyMap<string, StoredSeries>;
  readonly completion?: Completion;
}

/** The next state of a series, made from the state numbered `seq`. */
export interface SeriesCommit {
  /** The run as the state was made from it. */
  readonly run: StoredRun;
  readonly metric: string;
  readonly seq: number;
  readonly result: MetricResult;
  readonly nextAtMs: number;
  /** The series is due now and not at `nextAtMs` when the run is to end and `run` does not know it yet. */
  readonly nowMs: number;
  /** What callbacks are to be told of because of this commit. */
  readonly deliveries: readonly StoredDelivery[];
}

/** What a delivery tells of. A measurement is kept with it, as the history of its series is short. */
export type DeliverySubject =
  | { readonly event: 'verdict' }
  | {
      readonly event: 'measurement';
      readonly metric: string;
      /** Number of the measurement in its series, from 1. */
      readonly ordinal: number;
      readonly measurement: Measurement;
    };

/** One event of a run for one of its callbacks, and what became of it. */
export interface StoredDelivery {
  /** Unique in the run, e.g. `verdict-0`. */
  readonly id: string;
  readonly subject: DeliverySubject;
  /** Number of the callback in the run's list, from 0. */
  readonly callback: number;
  readonly createdAtMs: number;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** When it is to be tried next, epoch ms. Of no meaning unless it is pending. */
  readonly nextAtMs: number;
  /** Attempts since it was created, or since somebody asked for it to be delivered again. */
  readonly tries: number;
  /** When the first of those attempts began, epoch ms. */
  readonly firstTryAtMs?: number;
  /** All attempts ever made. */
  readonly attemptCount: number;
  /** The latest attempts, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  /** Number of changes so far; every change names the number it was made from. */
  readonly version: number;
  /** A delivery of the same series and callback that this one takes the place of, so that their number is bounded. */
  readonly replaces?: string;
}

/** How a run is added to a store. */
export interface AddOptions {
  readonly maxRunning?: number;
  /** Metrics whose series are held until then, see {@link RunStore.hold}: whoever adds the run looks at them. */
  readonly held?: { readonly metrics: ReadonlySet<string>; readonly untilMs: number };
}

/** What became of a run that was to be added. */
export interface AddedRun {
  readonly created: boolean;
  readonly run: StoredRun;
  /** Metrics of the run that are held. */
  readonly held: ReadonlySet<string>;
}

/** Names a delivery. */
export interface OutboxItem {
  readonly run: string;
  readonly delivery: string;
}

/** Where a page of a listing begins: after this run, newest first. */
export interface ListCursor {
  readonly createdAtMs: number;
  readonly id: string;
}

/** A page of ids of runs, newest first. */
export interface IdPage {
  readonly entries: readonly ListCursor[];
}

/** Where deliveries live: with their runs, written in the same step as what they tell of. */
export interface DeliveryStore {
  /** Hands out pending deliveries that are due, those that wait longest first, and hides each until `nowMs + leaseMs`. */
  lease(nowMs: number, leaseMs: number, limit: number): Promise<readonly OutboxItem[]>;
  /** The deliveries of a run, in any order; none for a run that there is not. */
  deliveries(run: string): Promise<readonly StoredDelivery[]>;
  delivery(item: OutboxItem): Promise<StoredDelivery | undefined>;
  countPendingDeliveries(): Promise<number>;
  /** Saves a delivery if it still stands at `version`, and puts it into the outbox or takes it out. False: it does not. */
  saveDelivery(run: string, delivery: StoredDelivery, nowMs: number): Promise<boolean>;
  /** Changes when a pending delivery is handed out again if it still stands at `version`. */
  deferDelivery(item: OutboxItem, version: number, atMs: number): Promise<void>;
}

/** A completed run that waits to be archived, as it was handed out. */
export interface ArchiveItem {
  readonly run: string;
  /** Tells this handing-out from every other. */
  readonly lease: number;
}

/**
 * Which runs are still to be archived: in a store that is made for an archive, each that has ended, and again whenever one
 * of its deliveries has come to its end. Without an archive there are none.
 */
export interface ArchiveBacklog {
  /** Hands out runs that are due to be archived, those that wait longest first, and hides each until `nowMs + leaseMs`. */
  leaseUnarchived(nowMs: number, leaseMs: number, limit: number): Promise<readonly ArchiveItem[]>;
  /** Notes that this very run is archived. False: it has changed since it was handed out, and is due again, or is gone. */
  markArchived(item: ArchiveItem, run: StoredRun): Promise<boolean>;
  /** Number of runs that are still to be archived. */
  countUnarchived(): Promise<number>;
}

/**
 * Where runs live. Every write is atomic. Of two writers of one series state exactly one wins, a run is completed at
 * most once, and a listener added by {@link RunStore.watch} is called after every write to its run (it may also be
 * called without one, and calls may get lost with a connection: callers look for themselves now and then). A write whose
 * reply got lost with a connection is sent again by itself: it then changes nothing and answers as it did.
 */
export interface RunStore extends DeliveryStore, ArchiveBacklog {
  /**
   * Adds the run unless its id is taken; answers the run that then has the id. `created`: it is this very one.
   * @throws TooManyRunsError when `maxRunning` runs of its namespace go on already. Over several shards there may be more
   *   for a moment, by those that are added at the same time.
   */
  create(run: NewRun, options?: AddOptions): Promise<AddedRun>;
  /**
   * Has nobody look for a lost tick of a series before `untilMs`: it is being looked at, and no tick tells that. Does nothing
   * once the series of this very run does not stand as `run` has it: then a tick is expected at another time.
   */
  hold(run: StoredRun, metric: string, untilMs: number): Promise<void>;
  load(id: string): Promise<StoredRun | undefined>;
  /** Loads several runs; undefined also for one that can not be read, so that it hides no other. */
  loadEach(ids: readonly string[]): Promise<readonly (StoredRun | undefined)[]>;
  /** Does the same for a look at one metric: the series of the others may be as they were at an earlier look. */
  look(id: string, metric: string): Promise<StoredRun | undefined>;
  /** Saves a series if it still stands at `commit.seq` and this very run goes on. Undefined: somebody else was first. */
  commit(commit: SeriesCommit): Promise<StoredRun | undefined>;
  /** Moves the next look at a series that still stands at `seq`, if this very run goes on. */
  postpone(run: StoredRun, metric: string, seq: number, nextAtMs: number): Promise<void>;
  /**
   * Marks a run that goes on as to be ended, and all its series as due now. Undefined: there is no such run, or it is
   * another one than `only`.
   */
  end(id: string, reason: EndReason, nowMs: number, only?: StoredRun): Promise<StoredRun | undefined>;
  /**
   * Completes this very run if it goes on and its series still stand where `assessed` has them, with their last results.
   * `moved`: a series does not, or somebody asked for the end of the run since, so that it has to be assessed again; `over`:
   * it was complete before, or is gone.
   */
  finish(
    assessed: StoredRun,
    results: ReadonlyMap<string, MetricResult>,
    completion: Completion,
    deliveries: readonly StoredDelivery[],
    nowMs: number,
  ): Promise<FinishOutcome>;
  /** Forgets a run and its deliveries; answers how it stood. Undefined: there is no such run. */
  remove(id: string): Promise<StoredRun | 'unreadable' | undefined>;
  /**
   * Does the same unless a delivery of the run is pending or it is not archived as it stands; then the run expires at
   * `againAtMs`. One with a delivery that was given up expires when that can not be asked for again any more. One that has not expired at `nowMs` is another one that has the id since, and is left alone. True: it is
   * forgotten.
   */
  removeExpired(id: string, againAtMs: number, nowMs: number): Promise<boolean>;
  /** Ids of at most `limit` runs after the cursor, newest first. */
  ids(namespace: string | undefined, limit: number, after: ListCursor | undefined): Promise<IdPage>;
  /** Number of runs by phase. */
  countByPhase(): Promise<Readonly<Record<string, number>>>;
  /** Ticks of series that wanted to be looked at before `beforeMs`. What can not be read is left out. */
  overdue(beforeMs: number, limit: number): Promise<readonly Tick[]>;
  /** Number of series that wanted to be looked at before `beforeMs`. */
  countOverdue(beforeMs: number): Promise<number>;
  /** Ids of completed runs that may be forgotten. */
  expired(nowMs: number, limit: number): Promise<readonly string[]>;
  /** Calls `listener` whenever the run may have changed, until the returned function is called. */
  watch(id: string, listener: () => void): Promise<() => void>;
  /**
   * Calls `listener` with the id of every run that may have changed, until the returned function is called, and `onLost`
   * when calls may have got lost with a connection.
   */
  watchAll(listener: ChangeListener, onLost: () => void): Promise<() => void>;
}

/**
 * Told of a change of a run. `progress`: it only went on, with its beginning or a measurement that did not end it; anything
 * else, its end above all, is not.
 */
export type ChangeListener = (id: string, progress: boolean) => void;
