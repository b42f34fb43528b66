import { type Static, Type } from 'typebox';
import { type Immutable, choice, duration, flag, int32, list, optional, shape, text } from './shape.js';

/** One thing that is wrong with a document. */
export const FaultSchema = shape('Fault', 'One thing that is wrong with a document.', {
  path: text('Where, e.g. spec.metrics[0].provider.prometheus.query. Empty: the whole document.'),
  message: text('What is wrong, and what to do.'),
});
/** See {@link FaultSchema}. */
export type Fault = Immutable<Static<typeof FaultSchema>>;

/** An error answer: RFC 9457, with every fault of the request in `errors`. */
export const ProblemSchema = shape('Problem', 'An error, as in RFC 9457.', {
  type: text('URI of the kind of problem, or about:blank.'),
  title: text('The kind of problem.'),
  status: Type.Integer({ description: 'HTTP status.', minimum: 100, maximum: 599 }),
  detail: optional(text('What happened this time.')),
  instance: optional(text('URI of this occurrence.')),
  errors: optional(list(FaultSchema, 'Every fault of the request.')),
});
/** See {@link ProblemSchema}. */
export type Problem = Immutable<Static<typeof ProblemSchema>>;

/** What lint says of one metric. */
export const MetricSummarySchema = shape('MetricSummary', 'What would be measured.', {
  name: text('Name of the metric.'),
  provider: text('Key of its provider; empty when there is none.'),
  interval: optional(duration('Time between measurements.')),
  initialDelay: optional(duration('Time before the first measurement.')),
  count: optional(int32('Number of measurements. Absent: endless, or given by an argument.')),
  dryRun: flag('It does not decide.'),
});
/** See {@link MetricSummarySchema}. */
export type MetricSummary = Immutable<Static<typeof MetricSummarySchema>>;

/** The answer of validate and lint. `valid` says that `errors` is empty. */
export const ValidationReportSchema = shape('ValidationReport', 'What is wrong with a document.', {
  valid: flag('There are no errors.'),
  errors: list(FaultSchema, 'What must be changed.'),
  warnings: list(FaultSchema, 'What is probably not meant.'),
  metrics: list(MetricSummarySchema, 'What would be measured.'),
});
/** See {@link ValidationReportSchema}. */
export type ValidationReport = Immutable<Static<typeof ValidationReportSchema>>;

/**
 * What became of one attempt to deliver a webhook. `rejected`: the receiver answered with another status than 2xx;
 * `denied`: the egress rules forbid its address; `secret`: not sent, the secret that signs it could not be read;
 * `internal`: not sent by a fault of Assay's own.
 */
export const ATTEMPT_OUTCOMES = [
  'delivered',
  'rejected',
  'unreachable',
  'timeout',
  'denied',
  'secret',
  'internal',
] as const;

/** One attempt to deliver a webhook. */
export const DeliveryAttemptSchema = shape('DeliveryAttempt', 'One attempt to deliver a webhook.', {
  at: text('When it began, RFC 3339.'),
  outcome: choice(ATTEMPT_OUTCOMES, 'What became of it.'),
  status: optional(Type.Integer({ description: 'HTTP status of the answer.' })),
  error: optional(text('Why it failed, without credentials.')),
  durationMs: Type.Number({ description: 'How long it took, in milliseconds.', minimum: 0 }),
});
/** See {@link DeliveryAttemptSchema}. */
export type DeliveryAttempt = Immutable<Static<typeof DeliveryAttemptSchema>>;

/** A webhook: one event of a run for one of its callbacks. Headers, credentials and queries are not shown. */
export const DeliverySchema = shape('Delivery', 'A webhook and its attempts.', {
  id: text('Id within the run, e.g. verdict-0: the event and the number of the callback.'),
  webhookId: text('The webhook-id header, the same on every attempt.'),
  run: text('Id of the run.'),
  event: text('CloudEvents type.'),
  url: text('Where it goes, without credentials and query.'),
  state: choice(['pending', 'delivered', 'failed'], 'Pending: will be tried (again). Failed: given up.'),
  createdAt: text('When the event happened, RFC 3339.'),
  nextAttemptAt: optional(text('When it is tried next, RFC 3339.')),
  attemptCount: Type.Integer({ description: 'Number of attempts so far.', minimum: 0 }),
  attempts: list(DeliveryAttemptSchema, 'The latest attempts (at most 20), oldest first.'),
});
/** See {@link DeliverySchema}. */
export type DeliveryRecord = Immutable<Static<typeof DeliverySchema>>;

/** Answer of the list of deliveries. */
export const DeliveryListSchema = shape('DeliveryList', 'The webhooks of a run.', {
  items: list(DeliverySchema, 'Oldest first.'),
});
/** See {@link DeliveryListSchema}. */
export type DeliveryList = Immutable<Static<typeof DeliveryListSchema>>;
