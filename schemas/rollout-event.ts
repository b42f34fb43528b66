import { type Static, Type } from 'typebox';
import { MeasurementSchema } from './analysis-run-status.js';
import { NOTIFICATION_TRIGGERS, type NotificationTrigger } from './notifications.js';
import { choice, type Immutable, int32, list, moment, optional, shape, text, textMap } from './shape.js';

/** CloudEvents type of the event of a trigger: `dev.assay.rollout.aborted.v1` of `on-rollout-aborted`. */
export const rolloutEventType = (trigger: NotificationTrigger): string =>
  `dev.assay.${trigger.replace(/^on-/, '').replace('analysis-run', 'analysisrun').replaceAll('-', '.')}.v1`;

const VersionSchema = shape('RolloutVersion', 'A version of the pods.', {
  revision: optional(int32('Its revision.')),
  podTemplateHash: text('Hash of its pods.'),
  images: list(
    shape('ContainerImage', 'An image.', {
      container: text('Name of the container.'),
      image: text('The image.'),
    }),
    'Images of its containers.',
  ),
});

const MetricSchema = shape('JudgedMetric', 'A metric that did not pass.', {
  name: text('Name of the metric.'),
  phase: text('Failed, Error or Inconclusive.'),
  message: optional(text('Why.')),
  measurements: list(MeasurementSchema, 'The latest measurements, oldest first.'),
});

const AnalysisSchema = shape('RolloutEventAnalysis', 'The analysis that is the reason.', {
  name: text('Name of the AnalysisRun.'),
  uid: text('Its UID, which is its id at the service.'),
  phase: text('Its phase.'),
  message: optional(text('Its message.')),
  link: optional(text('Its page.')),
  metrics: list(MetricSchema, 'Metrics that did not pass.'),
});

/** What is told of a Rollout: enough to open a revert pull request from. */
export const RolloutEventDataSchema = shape('RolloutEventData', 'What is told of a Rollout.', {
  trigger: choice(NOTIFICATION_TRIGGERS, 'What it is told for.'),
  cluster: text('Name of the cluster.'),
  namespace: text('Namespace of the Rollout.'),
  name: text('Name of the Rollout.'),
  uid: text('UID of the Rollout.'),
  phase: text('Phase of the Rollout.'),
  reason: text('Why, as one word, e.g. RolloutAborted or CanaryPauseStep.'),
  message: text('Why, as a sentence.'),
  at: moment('When it was seen.'),
  strategy: text('canary or blueGreen.'),
  step: optional(
    shape('RolloutEventStep', 'The step of a canary.', {
      index: int32('Index of the step, from 0.'),
      count: int32('Number of steps.'),
    }),
  ),
  from: optional(VersionSchema),
  to: VersionSchema,
  analysis: optional(AnalysisSchema),
  labels: textMap('Labels of the Rollout.'),
  annotations: textMap(
    'Annotations of the Rollout, e.g. what Argo CD tracks it by and which commit it is of; bookkeeping is left out.',
  ),
  link: optional(text('Page of the Rollout.')),
});
/** See {@link RolloutEventDataSchema}. */
export type RolloutEventData = Immutable<Static<typeof RolloutEventDataSchema>>;

/** Body of the webhook of a notification: CloudEvents 1.0, structured mode. */
export const RolloutEventSchema = shape(
  'RolloutEvent',
  'Something that a person may want to know of a Rollout.',
  {
    specversion: Type.Literal('1.0', { description: 'Version of CloudEvents.' }),
    id: text('Id of the event, also sent as webhook-id; the same on every attempt.'),
    source: text('Path of the Rollout in the API of its cluster.'),
    type: choice(NOTIFICATION_TRIGGERS.map(rolloutEventType), 'Kind of event.'),
    subject: text('namespace/name of the Rollout.'),
    time: text('When it happened, RFC 3339.'),
    datacontenttype: Type.Literal('application/json', { description: 'Format of data.' }),
    data: RolloutEventDataSchema,
  },
);
/** See {@link RolloutEventSchema}. */
export type RolloutEvent = Immutable<Static<typeof RolloutEventSchema>>;

/** The annotation `assay.dev/notifications` of a Rollout: what was seen of it, and what is still to be told. */
export const NotificationRecordSchema = shape(
  'NotificationRecord',
  'What was seen, and is still to be told.',
  {
    stable: text('Hash of the stable version that was seen last; empty: there was none.'),
    seen: list(text('Key of a moment.'), 'Moments of the present state that were seen.'),
    pending: list(
      shape('PendingNotification', 'Something to tell.', {
        key: text('Key of its moment.'),
        to: list(text('SERVICE:RECIPIENT.'), 'Who has not been told yet.'),
        data: RolloutEventDataSchema,
      }),
      'What is still to be told, oldest first.',
    ),
  },
);
/** See {@link NotificationRecordSchema}. */
export type NotificationRecord = Immutable<Static<typeof NotificationRecordSchema>>;
