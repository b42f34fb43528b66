import type { AnalysisRun, RunRequest } from '../../../schemas/index.js';

/**
 * Where runs are started and watched: an engine in this process, or a server, which also starts what a request makes of
 * templates that only it knows.
 */
export interface Runs<Asked extends AnalysisRun | RunRequest = AnalysisRun> {
  /**
   * Starts a run and answers it with its id (`metadata.uid`).
   * @throws CliError (130) when `interrupt` is aborted before it is known to be started.
   */
  start(asked: Asked, interrupt: AbortSignal): Promise<AnalysisRun>;
  /** The run now and after each change. Ends with the completed run, or when the signal is aborted. */
  changes(id: string, signal: AbortSignal): AsyncIterable<AnalysisRun>;
  /** Ends a run early. */
  terminate(id: string): Promise<void>;
  /** Lets go of everything it holds. */
  close(): Promise<void>;
}
