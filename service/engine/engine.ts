import type { PreparedMetric } from '../analysis/index.js';
import type {
  AnalysisRun,
  Argument,
  Callback,
  DeliveryAttempt,
  DeliveryRecord,
  Measurement,
} from '../../schemas/index.js';
import type { Clock, Log, Metrics, Timers } from '../platform/index.js';
import type { RunArchive } from './archive-port.js';
import type { ArchiveAnswer } from './archived-before.js';
import type { RunEvent } from './run-event.js';

/** What a measurement is asked of. `op` says whether a new one is begun or a running one looked at or ended. */
export interface MeasureRequest {
  readonly op: 'measure' | 'resume' | 'terminate';
  readonly metric: PreparedMetric;
  /** Arguments of the run, for secrets, which are read when a measurement is taken. */
  readonly args: readonly Argument[];
  readonly run: {
    readonly id: string;
    readonly name: string;
    readonly namespace: string;
    readonly startedAtMs: number;
    /** The run is an AnalysisRun object of a cluster, with the id as its UID. */
    readonly isClusterObject?: boolean;
    /** The cluster that it is of. Absent: that of the service. */
    readonly cluster?: string;
    /** `traceparent` of the trace that the run belongs to. */
    readonly traceParent?: string;
  };
  /** Which measurement of the metric this is, Errors included; default: the first. */
  readonly measurementNumber?: number;
  /** When a measurement that begins was due, epoch ms. Absent: it is taken out of turn. */
  readonly dueAtMs?: number;
  /** The running measurement, for `resume` and `terminate`. */
  readonly previous?: Measurement;
  /** Aborted when the worker must stop. */
  readonly signal: AbortSignal;
  /** Told what the store says of the metric itself; goes before what {@link Describe} gives. */
  readonly onMetricMetadata?: (metadata: Readonly<Record<string, string>>) => void;
}

/** Takes one measurement. Whatever goes wrong becomes a measurement with the phase Error. */
export type Measure = (request: MeasureRequest) => Promise<Measurement>;

/** What a provider says of a metric before it is measured, such as the resolved query; becomes `metadata` of its result. */
export type Describe = (request: MeasureRequest) => Readonly<Record<string, string>> | undefined;

/** Removes what measurements of a metric left behind, e.g. Jobs, but for the newest `limit`. */
export type CollectGarbage = (
  request: Pick<MeasureRequest, 'metric' | 'run' | 'signal'> & { readonly limit: number },
) => Promise<void>;

/** The parts of {@link Metrics} that the engine tells. */
export type EngineMetrics = Pick<
  Metrics,
  'measurementTaken' | 'measurementBegan' | 'verdictReached' | 'runArchived'
>;

/** What an engine is made of. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly measure: Measure;
  readonly describe?: Describe;
  readonly collectGarbage?: CollectGarbage;
  /** Kinds of providers that `measure` knows: each gets a queue of its own. Metrics of all others share one. */
  readonly kinds?: readonly string[];
  readonly log: Log;
  readonly metrics: EngineMetrics;
  /** Where completed runs are kept for good. Absent: nowhere; they are gone when their time is up. */
  readonly archive?: RunArchive;
  /** Timers; default: those of Node. */
  readonly timers?: Timers;
  /** Makes the id of a run that comes without one. Default: a random UUID. */
  readonly newId?: () => string;
  readonly settings: EngineSettings;
}

/** Numbers of an engine. Times in ms. */
export interface EngineSettings {
  /** How long a completed run is kept whose spec has no ttlStrategy. */
  readonly retentionMs: number;
  /** Runs that may go on at once in one namespace. Default: any number. */
  readonly maxRunsPerNamespace?: number;
  /** Measurements of one kind of provider taken at once in this process. */
  readonly concurrency: number;
  /** Whether this process takes measurements. Default true. */
  readonly work?: boolean;
  /** Time between sweeps. Default 30 s. */
  readonly sweepIntervalMs?: number;
  /** How late a series must be for the sweeper to wake it again. Default 5 s. */
  readonly overdueAfterMs?: number;
  /** How long measurements may go on after {@link Engine.stop}. Default 10 s. */
  readonly stopGraceMs?: number;
  /** How long all of {@link Engine.stop} may wait for a store outside the process. Default: 4 s more than measurements have. */
  readonly stopWithinMs?: number;
  /** Time a delivery handler has before its item is handed out again. Default 60 s. */
  readonly deliveryLeaseMs?: number;
  /** Time that writing a run to the archive has before it is tried again. Default 30 s. */
  readonly archiveLeaseMs?: number;
}

/** How a run is to be created. */
export interface CreateOptions {
  /** Id of the run; default: derived from the key, else a new one. */
  readonly id?: string;
  /** A second request with the same key gets the first one's run. Scope it to the caller before it comes here. */
  readonly idempotencyKey?: string;
  readonly callbacks?: readonly Callback[];
  /** What the caller asked for, when the run was built from it: a repetition is known by it. Default: the run. */
  readonly request?: unknown;
  /** Who asked, for the evidence of the run. Not part of what is asked: a repetition may come from somebody else. */
  readonly requestedBy?: string;
  /** `{}`, the same for all calls of one request: the archive is asked, and waited for, once for it. Default: by each call. */
  readonly archiveAnswer?: ArchiveAnswer;
}

/** Which runs to list. */
export interface ListQuery {
  readonly namespace?: string;
  /** Only runs of these; with `namespace`, which must be one of them then, it has no effect. */
  readonly namespaces?: readonly string[];
  readonly phase?: string;
  /** Labels that a run must have, as tested by this function, which is given the run without its status. */
  readonly matches?: (run: AnalysisRun) => boolean;
  /** Runs on a page; 1 to 500. */
  readonly limit: number;
  /** Token of the page before. */
  readonly continue?: string;
}

/** A page of runs, newest first. With filters it may have fewer than asked for, or none, and still a next page. */
export interface ListPage {
  readonly items: readonly AnalysisRun[];
  readonly continue?: string;
}

/** One event of a run that one callback is to be told of. */
export interface Delivery {
  /** Unique in the run, e.g. `verdict-0`. */
  readonly id: string;
  /** The same at every attempt, so that receivers can tell repetitions. */
  readonly webhookId: string;
  readonly event: 'verdict' | 'measurement';
  /** As it is now. */
  readonly run: AnalysisRun;
  readonly callback: Callback;
  /** The measurement and its metric, for `measurement`. */
  readonly measured?: { readonly metric: string; readonly measurement: Measurement };
  /** When the event happened, epoch ms. */
  readonly createdAtMs: number;
  /** Attempts that were made before this one, since it was last asked for. */
  readonly tries: number;
  /** When the first of them began, epoch ms. */
  readonly firstTryAtMs?: number;
}

/** What becomes of a delivery: an attempt was made, or it waits for its turn without one. */
export type DeliveryOutcome =
  | {
      readonly kind: 'tried';
      readonly attempt: DeliveryAttempt;
      readonly next:
        | { readonly kind: 'delivered' }
        | { readonly kind: 'failed' }
        | { readonly kind: 'retry'; readonly atMs: number };
    }
  | { readonly kind: 'deferred'; readonly atMs: number };

/**
 * Makes one attempt. `signal` is aborted when the process must end: the attempt is then to be deferred. A rejection is a
 * fault: the delivery comes again after its lease.
 */
export type DeliveryHandler = (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryOutcome>;

/** Whether work is being done. */
export interface EngineHealth {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** Those of the reasons that are why runs can not be read and kept now. */
  readonly storeReasons: readonly string[];
  /** Why nothing new is kept, although runs can be read: no reason not to be ready, as reads would be lost as well. */
  readonly refusals: readonly string[];
  /** What is wrong and keeps nobody from asking: the refusals, and that runs which have ended wait for an archive that does not take them. */
  readonly warnings: readonly string[];
  /** Time since a job last ran in this process, ms; 0 in a process that does not work. */
  readonly lastTickAgeMs: number;
}

/** How often runs that only go on are told of. Their ends are told at once. */
export interface ProgressPace {
  /** A run is told of so long after the first change that was not told, ms: what comes of it meanwhile needs no word of its own. */
  readonly afterMs: number;
  /** So many runs in a second, in turn, whatever their number. */
  readonly perSecond: number;
}

/** Runs analyses in time. Every method may be called in any process that shares the backend. */
export interface Engine {
  /** Connects, checks the backend and begins to work. A second call does nothing. */
  start(): Promise<void>;
  /** Stops working, waits for measurements that are being taken, and lets go of the backend. */
  stop(): Promise<void>;
  /**
   * Starts a run. Repeating it answers the first run with `created: false`.
   * @throws IdConflictError when the id or key belongs to another request, TooManyRunsError when `maxRunsPerNamespace` go on.
   */
  create(
    run: AnalysisRun,
    options?: CreateOptions,
  ): Promise<{ readonly created: boolean; readonly run: AnalysisRun }>;
  /**
   * The run that the same request under the same id or key started before; undefined: none did.
   * @param run what is asked for, where `options` have no `request` that it is built from.
   */
  repeated(options: CreateOptions, run?: AnalysisRun): Promise<AnalysisRun | undefined>;
  /** The run as it stands, or as the archive has it. Undefined: no such run. */
  get(id: string): Promise<AnalysisRun | undefined>;
  /**
   * Runs that go on or have ended lately: those of the archive are found by their id only.
   * @throws BadContinueTokenError for a token that this engine did not make.
   */
  list(query: ListQuery): Promise<ListPage>;
  /** The run, once it is complete or the time is up; undefined: no such run. Aborting answers the run as it is. */
  waitForCompletion(id: string, timeoutMs: number, signal?: AbortSignal): Promise<AnalysisRun | undefined>;
  /** Ends a run early, as `spec.terminate` does; a completed run stays as it is. */
  terminate(id: string): Promise<AnalysisRun | undefined>;
  /**
   * Looks at the measurement in flight of a metric now and not at its next time: there is news of it. Does nothing when
   * there is none.
   */
  wake(id: string, metric: string): Promise<void>;
  /**
   * Ends a run and forgets it; no verdict follows, and measurements in flight are ended afterwards, once. False: no such
   * run.
   */
  forget(id: string): Promise<boolean>;
  /**
   * Finished measurements, ended metrics and the verdict, from the beginning or after the event with the given id;
   * ends after the verdict, or when the run is forgotten. Measurements beyond the run's retention are left out.
   */
  events(id: string, afterEventId: string | undefined, signal: AbortSignal): AsyncIterable<RunEvent>;
  /**
   * Ids of runs that have changed, from now on, in lists: the first one is empty and comes once listening has begun. A run
   * whose changes nobody has taken yet is told of once.
   * @param progress how often runs that only go on are told of; undefined: at each change.
   * @param isPassedOver runs that nobody wants to hear of as long as they only go on. Their ends are told: another run may have the
   * id afterwards.
   * @throws ChangesLostError when changes may have been missed.
   */
  changes(
    signal: AbortSignal,
    progress?: ProgressPace,
    isPassedOver?: (id: string) => boolean,
  ): AsyncIterable<readonly string[]>;
  /**
   * Hands what callbacks are to be told of to `handler`, at least once each, until the returned function is called. The
   * outcome is stored in one step; a delivery whose outcome is not known comes again after `deliveryLeaseMs`.
   * @param atOnce most deliveries that `handler` has at once. Default: 64.
   */
  takeDeliveries(handler: DeliveryHandler, atOnce?: number): () => Promise<void>;
  /** What callbacks were told or are to be told of a run, oldest first; undefined: no such run. */
  deliveries(run: string): Promise<readonly DeliveryRecord[] | undefined>;
  /** Has a delivery made once more, now, whatever became of it so far. Undefined: no such run or delivery. */
  redeliver(run: string, delivery: string): Promise<DeliveryRecord | undefined>;
  health(): Promise<EngineHealth>;
  /** Whether there is a connection to where runs are kept: if so, what is slow is busy. */
  isConnected(): boolean;
  /** Number of ticks by state. */
  queueDepth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'overdue', number>>>;
  /** Number of deliveries that are to be made, now or later. */
  pendingDeliveries(): Promise<number>;
  /** Number of completed runs that are still to be archived; undefined: there is no archive. */
  archiveBacklog(): Promise<number | undefined>;
  /** Number of runs by phase. */
  runsByPhase(): Promise<Readonly<Record<string, number>>>;
}

/** The id or idempotency key was used for another request. */
export class IdConflictError extends Error {
  override readonly name = 'IdConflictError';
  readonly code = 'idConflict';
  readonly id: string;

  /** @param idempotencyKey the key that the id comes from, which is all that the caller knows of it; its last line, if it has several. */
  constructor(id: string, idempotencyKey?: string) {
    super(
      idempotencyKey === undefined
        ? `the id ${JSON.stringify(id)} belongs to a run that was asked for differently`
        : `the Idempotency-Key ${JSON.stringify(idempotencyKey.split('\n').at(-1))} was used for another request before`,
    );
    this.id = id;
  }
}

/** As many runs of a namespace go on as may at once. */
export class TooManyRunsError extends Error {
  override readonly name = 'TooManyRunsError';
  readonly code = 'tooManyRuns';

  constructor(namespace: string, limit: number) {
    super(
      `the namespace ${JSON.stringify(namespace)} has ${limit} ${limit === 1 ? 'run' : 'runs'} going on, which is as many as may at once`,
    );
  }
}

/** A `continue` token that is none. */
export class BadContinueTokenError extends Error {
  override readonly name = 'BadContinueTokenError';
  readonly code = 'badContinueToken';

  constructor() {
    super('continue: not a token of this list');
  }
}
