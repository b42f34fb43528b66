import { type Static, type TSchema, Type } from 'typebox';
import { AnalysisRunStatusSchema, MeasurementSchema } from './analysis-run-status.js';
import { ObjectMetaSchema } from './kubernetes.js';
import { type Immutable, optional, shape, text } from './shape.js';

/** CloudEvents type of the event that carries a verdict. */
export const VERDICT_EVENT_TYPE = 'dev.assay.analysisrun.verdict.v1';
/** CloudEvents type of the event that carries a measurement. */
export const MEASUREMENT_EVENT_TYPE = 'dev.assay.analysisrun.measurement.v1';

const cloudEvent = <const EventType extends string, Data extends TSchema>(
  title: string,
  description: string,
  type: EventType,
  data: Data,
) =>
  shape(title, description, {
    specversion: Type.Literal('1.0', { description: 'Version of CloudEvents.' }),
    id: text('Id of the event, also sent as webhook-id; the same on every attempt.'),
    source: text('Path of the run in the API.'),
    type: Type.Literal(type, { description: 'Kind of event.' }),
    subject: optional(text('namespace/name of the run.')),
    time: text('When it happened, RFC 3339.'),
    datacontenttype: Type.Literal('application/json', { description: 'Format of data.' }),
    data,
  });

/** Body of the webhook of a verdict: CloudEvents 1.0, structured mode. */
export const VerdictEventSchema = cloudEvent(
  'VerdictEvent',
  'The run has ended.',
  VERDICT_EVENT_TYPE,
  shape('VerdictEventData', 'The run, without its spec.', {
    metadata: ObjectMetaSchema,
    status: AnalysisRunStatusSchema,
  }),
);
/** See {@link VerdictEventSchema}. */
export type VerdictEvent = Immutable<Static<typeof VerdictEventSchema>>;

/** Body of the webhook of a measurement: CloudEvents 1.0, structured mode. */
export const MeasurementEventSchema = cloudEvent(
  'MeasurementEvent',
  'A measurement was taken.',
  MEASUREMENT_EVENT_TYPE,
  shape('MeasurementEventData', 'The run, without its spec, and the measurement.', {
    metadata: ObjectMetaSchema,
    status: AnalysisRunStatusSchema,
    metric: text('Name of the metric.'),
    measurement: MeasurementSchema,
  }),
);
/** See {@link MeasurementEventSchema}. */
export type MeasurementEvent = Immutable<Static<typeof MeasurementEventSchema>>;
/** Body of any webhook; `type` tells which. */
export type WebhookEvent = VerdictEvent | MeasurementEvent;
