import type { QueuePlaces } from './bulkhead.js';

/** One wake-up of one series: "look at this metric of this run now, if it still stands at `seq`". */
export interface Tick {
  readonly run: string;
  /** See `StoredRun.incarnation`. A tick of another run that had the id before is dropped. */
  readonly incarnation: string;
  readonly metric: string;
  /** What it may have to wait behind, see `laneOf`. No part of its identity. */
  readonly lane: string;
  /** The series' number when the tick was made; a tick whose number is behind is dropped. */
  readonly seq: number;
  /** Made because the run is to end: a tick of its own beside the regular one, which may lie far in the future. */
  readonly terminating: boolean;
  /** Set when a tick came too early: the time it was put off to, epoch ms. It makes a tick of its own, as the early one still runs. */
  readonly againAtMs?: number;
  /** Made because there is news of the measurement in flight: it is looked at before its time. A tick of its own too. */
  readonly woken?: boolean;
}

/** Handles one tick. A rejection leaves the series to the sweeper. */
export type TickHandler = (tick: Tick, signal: AbortSignal) => Promise<void>;

/** A place that is kept free for one tick. Either of the two is called, once. */
export interface Place {
  /** Runs it, whatever becomes of it: one that fails is scheduled. */
  run(tick: Tick, handler: TickHandler): void;
  giveBack(): void;
}

/** How a timetable is doing. */
export interface TimetableHealth {
  /** Reasons why ticks may not be run; empty: they are. */
  readonly reasons: readonly string[];
  /** Time since this process last ran a job, of the queue that waits longest, in ms. */
  readonly lastTickAgeMs: number;
}

/**
 * Wakes series. It may wake twice and may lose a wake-up: the store decides and the sweeper repairs. Ticks of one lane
 * do not wait for those of another, however slow they are.
 */
export interface Timetable {
  /** Runs the tick at `dueAtMs` in some process that works. A second tick with the same identity changes nothing. */
  schedule(tick: Tick, dueAtMs: number): Promise<void>;
  /**
   * The same for the tick that follows one that runs, which nobody else schedules: it may share a job with others that are
   * due within some ms, and be run with the last of them. Calls `also`, which stores what it follows from, in the same
   * moment, and gives what it gives: a process that dies leaves both behind or neither. Undefined: another process was first,
   * and what it has scheduled counts.
   */
  scheduleNext<Stored>(
    tick: Tick,
    dueAtMs: number,
    also: () => Promise<Stored | undefined>,
  ): Promise<Stored | undefined>;
  /** How long a series is held that is looked at in a reserved place, ms, unless it is held again. */
  readonly heldMs: number;
  /**
   * A place to run a tick here and now, beside all queues: the first one of a run that no other process knows of yet. Undefined:
   * this process does not work, or has none free, and the tick is to be scheduled.
   */
  reserve(tick: Pick<Tick, 'run' | 'lane'>): Place | undefined;
  /** Runs those of the ticks at once that are lost: neither wait nor run anywhere. */
  repair(ticks: readonly Tick[]): Promise<void>;
  /** The queue that a tick waits in, and how many of it this process runs at once. */
  placesOf(tick: Tick): QueuePlaces;
  /** Begins to run due ticks in this process. */
  work(handler: TickHandler): Promise<void>;
  /** Stops taking ticks, waits for the running ones up to the grace given at construction, then aborts them. */
  stop(): Promise<void>;
  health(): Promise<TimetableHealth>;
  /** Number of ticks by state. */
  depth(): Promise<{ readonly waiting: number; readonly delayed: number; readonly active: number }>;
}
