import {
  type AnalysisRun,
  type AnalysisTemplate,
  API_VERSION,
  type ExplainedMeasurement,
  type MeasurementRequest,
  type RunRequest,
  type ValidationReport,
} from '../../../schemas/index.js';

/** A template as people write it. */
export const TEMPLATE: AnalysisTemplate = {
  apiVersion: API_VERSION,
  kind: 'AnalysisTemplate',
  metadata: { name: 'success-rate' },
  spec: {
    args: [{ name: 'service' }],
    metrics: [
      {
        name: 'success-rate',
        interval: '1m',
        count: 5,
        failureLimit: 1,
        successCondition: 'result[0] >= 0.99',
        provider: {
          prometheus: {
            address: 'http://prometheus:9090',
            query: 'sum(rate(requests_total{service="{{args.service}}",code!~"5.."}[1m]))',
          },
        },
      },
    ],
  },
};

/** A run of {@link TEMPLATE}. */
export const RUN: AnalysisRun = {
  apiVersion: API_VERSION,
  kind: 'AnalysisRun',
  metadata: {
    name: 'success-rate-4c1e9a2b',
    namespace: 'default',
    uid: '0b6e4f0e-6f0e-4a7e-9a35-6d3f5c0f2a11',
    creationTimestamp: '2026-11-25T08:00:00.000Z',
  },
  spec: { metrics: TEMPLATE.spec.metrics ?? [], args: [{ name: 'service', value: 'checkout' }] },
  status: { phase: 'Running', startedAt: '2026-11-25T08:00:00.000Z' },
};

/** A run that has ended. */
export const ENDED_RUN: AnalysisRun = {
  ...RUN,
  status: {
    phase: 'Successful',
    verdict: 'promote',
    startedAt: '2026-11-25T08:00:00.000Z',
    completedAt: '2026-11-25T08:04:00.120Z',
    runSummary: { count: 1, successful: 1 },
    dryRunSummary: {},
    metricResults: [
      {
        name: 'success-rate',
        phase: 'Successful',
        count: 5,
        successful: 5,
        consecutiveSuccess: 5,
        measurements: [
          {
            phase: 'Successful',
            value: '[0.998]',
            startedAt: '2026-11-25T08:04:00.003Z',
            finishedAt: '2026-11-25T08:04:00.110Z',
          },
        ],
      },
    ],
  },
};

/** Asks for a run of a template that the service knows. */
export const RUN_REQUEST: RunRequest = {
  templates: [{ templateName: 'success-rate' }],
  args: [{ name: 'service', value: 'checkout' }],
};

/** Asks for one measurement. */
export const MEASUREMENT_REQUEST: MeasurementRequest = {
  metric: {
    name: 'health',
    successCondition: 'result.ok == true',
    provider: { web: { url: 'http://checkout/health', jsonPath: '{$}' } },
  },
};

/** The answer to {@link MEASUREMENT_REQUEST}. */
export const MEASUREMENT: ExplainedMeasurement = {
  phase: 'Failed',
  value: '{"ok":false}',
  startedAt: '2026-11-25T08:00:00.000Z',
  finishedAt: '2026-11-25T08:00:00.120Z',
  explain: {
    successCondition: [
      { expression: 'result.ok == true', value: 'false', depth: 0, line: 1, column: 11 },
      { expression: 'result.ok', value: 'false', depth: 1, line: 1, column: 8 },
    ],
  },
};

/** What lint says of a template with a fault. */
export const REPORT: ValidationReport = {
  valid: false,
  errors: [{ path: 'spec.metrics[0].interval', message: 'time: unknown unit " min" in duration "5 min"' }],
  warnings: [],
  metrics: [{ name: 'success-rate', provider: 'prometheus', count: 5, dryRun: false }],
};

/** An event of a run: its measurement. */
export const EVENT = {
  id: '1',
  event: 'measurement',
  data: '{"metric":"success-rate","measurement":{"phase":"Successful","value":"[0.998]"}}',
};
