import type { Log } from '../log.js';
import { noTracing, type Tracing } from './tracing.js';
import { tracingSettings } from './tracing-settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Traces as OpenTelemetry's variables ask for them: on once an endpoint is named (`OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`). The library is loaded only then.
 * @throws ConfigError when a variable that is read here has a value that is none of its.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function openTracing(env: Environment, version: string, log: Log): Promise<Tracing> {
  const settings = tracingSettings(env);
  if (settings === undefined) return noTracing;
  const { startTracing } = await import('./otlp-tracing.js');
  return startTracing({ ...settings, version, log });
}
