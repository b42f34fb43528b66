import { ConfigError } from '../config.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Values of `OTEL_TRACES_SAMPLER`. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
/** One of {@link SAMPLERS}. */
export type SamplerName = (typeof SAMPLERS)[number];

/** What is read of OpenTelemetry's variables here; its exporter reads the others (headers, timeout) itself. */
export interface TracingSettings {
  /** Where spans are posted to. */
  readonly url: string;
  readonly sampler: SamplerName;
  /** Share of the traces that begin here and are recorded, 0 to 1. */
  readonly ratio: number;
  readonly serviceName: string;
}

/** Undefined: traces are off. @throws ConfigError */
export function tracingSettings(env: Environment): TracingSettings | undefined {
  const given = (name: string): string | undefined => {
    const text = env[name]?.trim();
    return text === '' ? undefined : text;
  };
  const ofAll = given('OTEL_EXPORTER_OTLP_ENDPOINT');
  const endpoint = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? ofAll;
  const exporter = given('OTEL_TRACES_EXPORTER');
  const off = given('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporter === 'none';
  if (endpoint === undefined || off) return undefined;
  const protocol =
    given('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? given('OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/json';
  const sampler = given('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const ratio = Number(given('OTEL_TRACES_SAMPLER_ARG') ?? '1');
  const problems = [
    ...(URL.canParse(endpoint) && /^https?:/i.test(endpoint)
      ? []
      : ['OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL such as http://collector:4318']),
    ...(exporter === undefined || exporter === 'otlp'
      ? []
      : [`OTEL_TRACES_EXPORTER: ${exporter} is not known here: otlp or none`]),
    ...(protocol.startsWith('http/')
      ? []
      : [
          `OTEL_EXPORTER_OTLP_PROTOCOL: ${protocol} is not spoken here: set http/json and the collector's HTTP port, usually 4318`,
        ]),
    ...(isSampler(sampler) ? [] : [`OTEL_TRACES_SAMPLER: must be one of ${SAMPLERS.join(', ')}`]),
    ...(ratio >= 0 && ratio <= 1 ? [] : ['OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1']),
  ];
  if (problems.length > 0 || !isSampler(sampler)) throw new ConfigError(problems);
  const url = endpoint === ofAll ? `${endpoint.replace(/\/$/, '')}/v1/traces` : endpoint;
  return { url, sampler, ratio, serviceName: given('OTEL_SERVICE_NAME') ?? 'assay' };
}

const isSampler = (text: string): text is SamplerName => (SAMPLERS as readonly string[]).includes(text);
