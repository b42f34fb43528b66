import { expectTypeOf, it } from 'vitest';
import type {
  AnalysisRun,
  AnalysisTemplate,
  Callback,
  IntOrString,
  Metric,
  MetricProviderKind,
  RunRequestTemplate,
} from '../../schemas/index.js';

it('gives plain read-only types with optional fields', () => {
  expectTypeOf<Metric['count']>().toEqualTypeOf<IntOrString | undefined>();
  expectTypeOf<Metric['name']>().toEqualTypeOf<string>();
  expectTypeOf<NonNullable<AnalysisRun['status']>['phase']>().toEqualTypeOf<
    '' | 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive'
  >();
  expectTypeOf<AnalysisRun['spec']['metrics']>().toEqualTypeOf<readonly Metric[]>();
  expectTypeOf<NonNullable<Metric['provider']['datadog']>['queries']>().toEqualTypeOf<
    Readonly<Record<string, string>> | undefined
  >();
  expectTypeOf<NonNullable<Metric['provider']['web']>['jsonBody']>().toEqualTypeOf<
    Readonly<Record<string, unknown>> | undefined
  >();
  expectTypeOf<MetricProviderKind>().toEqualTypeOf<
    | 'prometheus'
    | 'kayenta'
    | 'web'
    | 'datadog'
    | 'wavefront'
    | 'newRelic'
    | 'job'
    | 'cloudWatch'
    | 'graphite'
    | 'influxdb'
    | 'skywalking'
    | 'plugin'
  >();
  expectTypeOf<AnalysisTemplate>().toExtend<RunRequestTemplate>();
  expectTypeOf<NonNullable<Callback['events']>[number]>().toEqualTypeOf<'verdict' | 'measurement'>();
});
