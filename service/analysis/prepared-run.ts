import type { Argument, Metric, SecretKeyRef } from '../../schemas/index.js';

/** An argument whose value is a secret: known by its reference only, until a measurement is taken. */
export interface SecretArgument {
  readonly name: string;
  readonly secretKeyRef: SecretKeyRef;
}

/** A metric of a {@link PreparedRun}. */
export interface PreparedMetric {
  /**
   * The metric with its arguments filled in, all but the secret ones, whose `{{args.<name>}}` tags stay. Its schedule and
   * limits are what the run goes by; {@link withSecrets} makes the one to measure with.
   */
  readonly metric: Metric;
  /** Measured and reported, but not decisive. */
  readonly dryRun: boolean;
  /** How many measurements the status keeps, at least 1. */
  readonly retention: number;
  /** Secret arguments of the run. Every one of them must be read before a measurement, used by this metric or not. */
  readonly secretArgs: readonly SecretArgument[];
  /** The metric as the spec has it, and the run's arguments: what {@link withSecrets} resolves in one pass. */
  readonly source: { readonly metric: Metric; readonly args: readonly Argument[] };
}

/** A valid run, ready to be measured: arguments resolved, dry-run and retention rules matched. */
export interface PreparedRun {
  /** In the order of the spec, names unique. */
  readonly metrics: readonly PreparedMetric[];
}

/** The outcome of preparing a run: it can be measured, or the run's message says why not. */
export type Preparation =
  | { readonly ok: true; readonly run: PreparedRun }
  | { readonly ok: false; readonly message: string };
