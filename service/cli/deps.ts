import type { PreparedMetric } from '../analysis/index.js';
import type { Engine } from '../engine/index.js';
import type { Clock } from '../platform/index.js';
import type { AnalysisRun, Measurement } from '../../schemas/index.js';
import type { CliIo } from './io.js';

/** Assay inside the command: nothing to install, nothing kept. */
export interface EmbeddedAssay {
  /** Not started yet. */
  readonly engine: Engine;
  /** Takes one measurement now. Never rejects: what goes wrong is a measurement with the phase Error. */
  measureOnce(metric: PreparedMetric, run: AnalysisRun, signal: AbortSignal): Promise<Measurement>;
  /** Lets go of connections. The engine is stopped by whoever started it. */
  close(): Promise<void>;
}

/** What the commands are made of. */
export interface CliDeps {
  readonly io: CliIo;
  readonly clock: Clock;
  readonly version: string;
  /**
   * Makes an Assay in this process from the environment.
   * @throws ConfigError when a setting can not be used.
   */
  openEmbedded(): EmbeddedAssay;
}
