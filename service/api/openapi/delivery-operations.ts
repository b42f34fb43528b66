import type { DeliveryRecord } from '../../../schemas/index.js';
import { json, type Parameter, type PathItem } from './description.js';
import { problem, problems } from './problem-answers.js';

const text = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const RUN_ID = text('id', 'Id of the run: its `metadata.uid`.');

const DELIVERY: DeliveryRecord = {
  id: 'verdict-0',
  webhookId: '0b6e4f0e-6f0e-4a7e-9a35-6d3f5c0f2a11.gGhB_1-x.verdict',
  run: '0b6e4f0e-6f0e-4a7e-9a35-6d3f5c0f2a11',
  url: 'https://ci.example/hooks/verdict',
  event: 'dev.assay.analysisrun.verdict.v1',
  state: 'pending',
  createdAt: '2026-11-25T08:04:00.120Z',
  nextAttemptAt: '2026-11-25T08:04:05.300Z',
  attemptCount: 1,
  attempts: [{ at: '2026-11-25T08:04:00.150Z', outcome: 'rejected', status: 502, durationMs: 41 }],
};

/** The operations on the webhooks of a run. */
export const deliveryPaths: Readonly<Record<string, PathItem>> = {
  '/v1/analysisruns/{id}/deliveries': {
    get: {
      operationId: 'listDeliveries',
      tags: ['webhooks'],
      summary: 'The webhooks of a run, and what became of them',
      parameters: [RUN_ID],
      responses: {
        200: {
          description: 'The webhooks, oldest first.',
          content: json('DeliveryList', { items: [DELIVERY] }),
        },
        ...problems(400, 404),
      },
    },
  },
  '/v1/analysisruns/{id}/deliveries/{delivery}/redeliver': {
    post: {
      operationId: 'redeliver',
      tags: ['webhooks'],
      summary: 'Try a webhook again, whatever became of it',
      parameters: [RUN_ID, text('delivery', 'Id of the webhook within the run.')],
      responses: {
        202: {
          description: 'It will be tried; the record tells how it goes.',
          content: json('Delivery', DELIVERY),
        },
        ...problems(400, 404),
        409: problem(409, {
          when: 'The run is archived: its deliveries are evidence, and can not be made again.',
          detail: 'the run "checkout-7" is archived: its deliveries are kept as evidence',
        }),
      },
    },
  },
};
