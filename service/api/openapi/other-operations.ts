import { API_VERSION } from '../../../schemas/index.js';
import { document, json, type PathItem, query, ref } from './description.js';
import { MEASUREMENT, MEASUREMENT_REQUEST, REPORT, RUN, TEMPLATE } from './examples.js';
import { problem, problems } from './problem-answers.js';

const status = (description: string) => ({
  description,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          status: { type: 'string', const: 'ok' },
          warnings: {
            type: 'array',
            items: { type: 'string' },
            description:
              'What is wrong and keeps nobody from working, such as an archive that takes no runs.',
          },
        },
        required: ['status'],
      },
      example: { status: 'ok' },
    },
  },
});

/** The operations on templates and single measurements. */
export const specPaths: Readonly<Record<string, PathItem>> = {
  '/v1/analysistemplates': {
    get: {
      operationId: 'listTemplates',
      tags: ['templates'],
      summary: 'The templates that runs may name',
      parameters: [
        query(
          'namespace',
          'Only those that a run in this namespace may name: its own, those without a namespace, and every ClusterAnalysisTemplate.',
        ),
        query('kind', 'Only those of this kind.', {
          type: 'string',
          enum: ['AnalysisTemplate', 'ClusterAnalysisTemplate'],
        }),
      ],
      responses: {
        200: {
          description:
            'The templates of `ASSAY_TEMPLATES_DIR` and, with `ASSAY_KUBERNETES_TEMPLATES`, of the cluster, and what is wrong with them.',
          content: json('AnalysisTemplateList', {
            apiVersion: API_VERSION,
            kind: 'AnalysisTemplateList',
            items: [TEMPLATE],
            errors: [
              {
                file: 'latency.yaml',
                path: 'spec.metrics[0].name',
                message: 'is required',
                line: 6,
                column: 5,
              },
            ],
          }),
        },
        ...problems(400),
      },
    },
  },
  '/v1/analysistemplates/validate': {
    post: {
      operationId: 'validateTemplate',
      tags: ['templates'],
      summary: 'What is wrong with a template or a run; measures nothing',
      requestBody: document(
        { anyOf: [ref('AnalysisTemplate'), ref('ClusterAnalysisTemplate'), ref('AnalysisRun')] },
        {
          template: { summary: 'A template', value: TEMPLATE },
          run: { summary: 'An AnalysisRun', value: { kind: RUN.kind, metadata: {}, spec: RUN.spec } },
        },
      ),
      responses: {
        200: {
          description: 'What is wrong. A document with errors is `valid: false`.',
          content: json('ValidationReport', REPORT),
        },
        ...problems(400, 413, 415),
      },
    },
  },
  '/v1/measurements': {
    post: {
      operationId: 'measure',
      tags: ['measurements'],
      summary: 'Take one measurement now, and explain it',
      description:
        'Takes at most a minute. What goes wrong with the measurement is one with the phase Error.',
      requestBody: document(ref('MeasurementRequest'), {
        web: { summary: 'A health endpoint', value: MEASUREMENT_REQUEST },
      }),
      responses: {
        200: { description: 'The measurement.', content: json('ExplainedMeasurement', MEASUREMENT) },
        ...problems(400, 413, 415, 422, 429),
      },
    },
  },
};

/** What operators and readers ask for. */
export const servicePaths: Readonly<Record<string, PathItem>> = {
  '/healthz': {
    get: {
      operationId: 'isAlive',
      tags: ['service'],
      summary: 'The process answers',
      responses: { 200: status('It does.') },
    },
  },
  '/readyz': {
    get: {
      operationId: 'isReady',
      tags: ['service'],
      summary: 'Runs can be taken on and measured',
      responses: {
        200: status('They can.'),
        503: problem(503, {
          when: 'They can not: why. Or the process is ending.',
          detail: 'redis does not answer',
        }),
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      tags: ['service'],
      summary: 'Metrics of the service, for Prometheus',
      responses: {
        200: {
          description: 'The text format of Prometheus.',
          content: {
            'text/plain': { schema: { type: 'string' }, example: 'assay_build_info{version="0.1.0"} 1\n' },
          },
        },
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openApi',
      tags: ['service'],
      summary: 'This document',
      responses: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  },
  '/docs': {
    get: {
      operationId: 'docs',
      tags: ['service'],
      summary: 'Pages for this document',
      responses: {
        200: { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } },
      },
    },
  },
  '/': {
    get: {
      operationId: 'home',
      tags: ['service'],
      summary: 'Leads to the pages',
      responses: {
        302: {
          description: 'To `/docs`.',
          headers: { Location: { description: 'Path of the pages.', schema: { type: 'string' } } },
        },
      },
    },
  },
};
