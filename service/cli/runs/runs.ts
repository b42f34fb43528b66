import type { AnalysisRun } from '../../../schemas/index.js';

/** Where runs are started and watched: an engine in this process, or a server. */
export interface Runs {
  /**
   * Starts a run and answers it with its id (`metadata.uid`).
   * @throws CliError (130) when `interrupt` is aborted before it is known to be started.
   */
  start(run: AnalysisRun, interrupt: AbortSignal): Promise<AnalysisRun>;
  /** The run now and after each change. Ends with the completed run, or when the signal is aborted. */
  changes(id: string, signal: AbortSignal): AsyncIterable<AnalysisRun>;
  /** Ends a run early. */
  terminate(id: string): Promise<void>;
  /** Lets go of everything it holds. */
  close(): Promise<void>;
}
