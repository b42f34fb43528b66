import { describe, expect, it } from 'vitest';
import { createLog, noTracing, openTracing } from '../../service/platform/index.js';
import { tracingSettings } from '../../service/platform/tracing/tracing-settings.js';

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318';

describe('traces', () => {
  it('are off unless an endpoint is named', async () => {
    const log = createLog({ level: 'silent' });
    expect(await openTracing({}, '1', log)).toBe(noTracing);
    expect(await openTracing({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, '1', log)).toBe(
      noTracing,
    );
  });

  it.each([{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }])('are off by %j', (off) => {
    expect(tracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...off })).toBeUndefined();
  });

  it('are sampled as the variables say', () => {
    expect(tracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT })).toEqual({
      url: 'http://collector:4318/v1/traces',
      ...{ sampler: 'parentbased_always_on', ratio: 1, serviceName: 'assay' },
    });
    expect(
      tracingSettings({
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
        OTEL_SERVICE_NAME: 'assay-eu',
      }),
    ).toEqual({
      url: 'https://collector/v1/traces',
      ...{ sampler: 'traceidratio', ratio: 0.25, serviceName: 'assay-eu' },
    });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, 'OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL such as'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: zipkin is not known here: otlp or none'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken here'],
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER: must be one of always_on'],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1'],
  ])('stop the start with %j', (given, problem) => {
    expect(() => tracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...given })).toThrow(problem);
  });
});
