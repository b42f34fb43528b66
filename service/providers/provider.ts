import type { AnalysisPhase, Measurement, MetricProviderKind } from '../../schemas/index.js';
import type { TypedValue } from '../condition/index.js';
import type { Clock } from '../platform/index.js';
import type { AwsCredentialsSource } from './auth/aws-credentials.js';
import type { HttpClient } from './http/http.js';
import type { SecretReader } from './secrets.js';

/** What a provider adds to a measurement or a metric, as texts. */
export type Metadata = Readonly<Record<string, string>>;

/** Settings of the service that fill in what a spec leaves out. */
export interface ProviderDefaults {
  /** URL of Prometheus for metrics that name none (`ASSAY_PROMETHEUS_ADDRESS`). */
  readonly prometheusAddress?: string;
  /** Where SigV4 and CloudWatch get credentials. Absent: nowhere. */
  readonly awsCredentials?: AwsCredentialsSource;
  /** Namespace of the service itself, where the reference keeps credentials of metric stores. Absent: `argo-rollouts`. */
  readonly ownNamespace?: string;
  /** Environment of the service, for credentials that the reference takes from there. Absent: nothing is set. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The run that a measurement belongs to. */
export interface MeasuredRun {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /** When the run began, epoch ms; absent before its first measurement. */
  readonly startedAtMs?: number;
  /** The run is an AnalysisRun object in the cluster, with `id` as its UID, so that it can own what is made for it. */
  readonly isClusterObject?: boolean;
  /** The cluster that it is of, whose secrets and Jobs are meant. Absent: that of the service. */
  readonly cluster?: string;
}

/** What a provider may use: the network, the clock and secrets come from here and from nowhere else. */
export interface MeasureContext {
  readonly metricName: string;
  /** The metric's `interval` as it is written, which the taking of measurements fills in. Absent: it has none. */
  readonly interval?: string;
  readonly run: MeasuredRun;
  /** Which measurement of the metric this is, Errors included: 1 for the first. Default: 1. */
  readonly measurementNumber?: number;
  /** When the measurement was due, epoch ms. Absent: it is taken out of turn. */
  readonly dueAtMs?: number;
  readonly http: HttpClient;
  /** Aborted when the measurement is no longer wanted. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly defaults: ProviderDefaults;
  readonly secrets: SecretReader;
  /**
   * Told of each credential that a provider uses: nothing that the measurement shows has it from then on. Texts of less
   * than four characters hide nothing and are ignored. Absent: nobody shows anything.
   */
  readonly hide?: (credential: string) => void;
}

/** What every reading may have. */
interface Described {
  /** Metadata of the metric from a store that has to be asked for them; others have `describe`. */
  readonly metricMetadata?: Metadata;
}

/** A value that the metric's conditions judge. */
export interface ValueReading extends Described {
  readonly kind: 'value';
  readonly value: TypedValue;
  /** `value` of the measurement, printed as the reference prints it. */
  readonly text: string;
  readonly metadata?: Metadata;
  /**
   * The store answered and had nothing in it: an Error without any condition, as nothing was measured. With a condition that
   * decides. Absent for the stores of which a pass is recorded (prometheus, datadog, web).
   */
  readonly isNothing?: boolean;
  /**
   * What the measurement keeps when a condition can not be evaluated; differs by provider in the reference. Default:
   * nothing. `metadata`: true for all of it, or what is kept in its place.
   */
  readonly keptOnConditionError?: { readonly text?: boolean; readonly metadata?: boolean | Metadata };
}

/** A phase that the store itself decided, as Jobs and Kayenta do. */
export interface JudgedReading extends Described {
  readonly kind: 'judged';
  readonly phase: Exclude<AnalysisPhase, '' | 'Pending' | 'Running'>;
  readonly text?: string;
  readonly message?: string;
  readonly metadata?: Metadata;
}

/** Not done: look again at `resumeAtMs` (epoch ms), with `metadata` at hand. */
export interface RunningReading extends Described {
  readonly kind: 'running';
  readonly resumeAtMs: number;
  readonly text?: string;
  readonly message?: string;
  readonly metadata?: Metadata;
}

/** What a measurement found. */
export type Reading = ValueReading | JudgedReading | RunningReading;

/**
 * A metric store. Every method resolves with what the store said and throws `ProviderError` when it could not be
 * asked or understood: what could not be got must never become a value.
 */
export interface MetricProvider<Spec> {
  /** The key under `provider:` of the spec. */
  readonly kind: MetricProviderKind;
  measure(spec: Spec, context: MeasureContext): Promise<Reading>;
  /** Looks again at a measurement that was `running`. */
  resume?(spec: Spec, measurement: Measurement, context: MeasureContext): Promise<Reading>;
  /** Stops a measurement that was `running`. */
  terminate?(spec: Spec, measurement: Measurement, context: MeasureContext): Promise<Reading>;
  /** Removes what finished measurements left behind, keeping the newest `limit`. */
  collectGarbage?(spec: Spec, limit: number, context: MeasureContext): Promise<void>;
  /** Metadata of the metric, e.g. the resolved query. Must not throw. */
  describe?(spec: Spec): Metadata;
}
