import type { PreparedMetric } from '../analysis/index.js';
import type { Delivery } from '../delivery/index.js';
import type { Engine } from '../engine/index.js';
import type { Clock, ControllerFlags } from '../platform/index.js';
import type { AnalysisRun, ExplainedMeasurement, ProviderConfigs } from '../../schemas/index.js';
import type { UserCluster } from '../providers/kubernetes/index.js';
import type { CliIo } from './io.js';

/** Assay inside the command: nothing to install, nothing kept. */
export interface EmbeddedAssay {
  /** Not started yet. */
  readonly engine: Engine;
  /** Sends the webhooks of the engine's runs once it is started; ends with the engine. */
  readonly webhooks: Pick<Delivery, 'start'>;
  /** Takes one measurement now, and explains it. Never rejects: what goes wrong is a measurement with the phase Error. */
  measureOnce(metric: PreparedMetric, run: AnalysisRun, signal: AbortSignal): Promise<ExplainedMeasurement>;
  /** Lets go of connections. The engine is stopped by whoever started it. */
  close(): Promise<void>;
}

/** Assay that answers requests. */
export interface ServingAssay {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Answers what was asked, stops measuring and lets go of everything. Never rejects: what fails is logged. */
  close(): Promise<void>;
  /** A process that is still there so long after it was told to end is to say so in its log and to be ended by force. */
  readonly lastResort?: { readonly afterMs: number; tell(): void };
}

/** Settings of `assay serve` that may be given as flags, as texts. They win over the environment. */
export type ServeFlags = Readonly<Partial<Record<'port' | 'host' | 'role', string>>>;

/** A controller that works until it is stopped. */
export interface WorkingController {
  /** Where its probes are. */
  readonly url: string;
  /** Rejects when it can not go on. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
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
  openEmbedded(): Promise<EmbeddedAssay>;
  /**
   * The servers and plugins of the environment's configuration that metrics may name. Undefined: there is none.
   * @throws ConfigError when it can not be used.
   */
  readNames(): Promise<ProviderConfigs | undefined>;
  /**
   * Starts a service from the environment and these flags.
   * @param env instead of the environment of the process.
   * @throws ConfigError when a setting can not be used, or asks for what this version does not have.
   */
  openServer(flags: ServeFlags, env?: CliIo['env']): Promise<ServingAssay>;
  /**
   * Starts a controller from the environment and these flags.
   * @throws ConfigError when a setting can not be used.
   */
  openController(flags: ControllerFlags): Promise<WorkingController>;
  /**
   * The cluster of the user's kubeconfig. It is first asked when something is asked of it.
   * @param context of the kubeconfig; undefined: its current one.
   * @throws KubernetesError (`invalidSpec`) when there is none, or it can not be used.
   */
  openCluster(context: string | undefined): Promise<UserCluster>;
}
