import {
  type AnalysisRun,
  MEASUREMENT_EVENT_TYPE,
  VERDICT_EVENT_TYPE,
  type WebhookEvent,
} from '../../schemas/index.js';
import { toMoment } from '../analysis/index.js';
import type { Delivery } from '../engine/index.js';

/** Media type of CloudEvents 1.0 in structured mode. */
export const EVENT_MEDIA_TYPE = 'application/cloudevents+json; charset=utf-8';

/** What a webhook says: a CloudEvent with the run as it is now, without its spec. */
export function eventOf(delivery: Delivery): WebhookEvent {
  const { webhookId, run, measured, createdAtMs } = delivery;
  const attributes = {
    specversion: '1.0',
    id: webhookId,
    source: `/v1/analysisruns/${encodeURIComponent(run.metadata?.uid ?? '')}`,
    subject: subjectOf(run),
    time: toMoment(createdAtMs),
    datacontenttype: 'application/json',
  } as const;
  const data = { metadata: run.metadata ?? {}, status: run.status ?? { phase: '' } };
  return measured === undefined
    ? { ...attributes, type: VERDICT_EVENT_TYPE, data }
    : { ...attributes, type: MEASUREMENT_EVENT_TYPE, data: { ...data, ...measured } };
}

const subjectOf = ({ metadata }: AnalysisRun): string =>
  `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
