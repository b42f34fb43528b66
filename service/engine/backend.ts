import type { RunStore } from './ports.js';
import type { Timetable } from './timetable-port.js';

/** Why a store is not well. */
export interface StoreProblems {
  /** Why it can not be used, or what it holds is at risk. */
  readonly reasons: readonly string[];
  /** Why it takes no writes, although it can be read. */
  readonly refusals: readonly string[];
}

/** Where state lives and who following, and how both are opened and closed. */
export interface Backend {
  readonly store: RunStore;
  readonly timetable: Timetable;
  /** Connects and checks; called once, before anything else. */
  open(): Promise<void>;
  /** Lets go; called once, after everything else. */
  close(): Promise<void>;
  /**
   * Breaks off every connection, so that whatever waits for an answer fails: one that does not come would be waited for
   * for ever. Absent: nothing is outside this process.
   */
  readonly breakOff?: () => void;
  /** What is wrong with the store now. */
  problems(): Promise<StoreProblems>;
  /** Whether there is a connection to the store now. Default: always, as to this process. */
  isConnected?(): boolean;
  /** What the store holds is lost when the process ends. */
  readonly isVolatile?: boolean;
}
