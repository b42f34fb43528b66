import {
  type Measurement,
  type Metric,
  type MetricProviderKind,
  type MetricProviderSpec,
  MetricProviderSpecSchema,
} from '../../schemas/index.js';
import type { MeasureContext, Metadata, MetricProvider, Reading } from './provider.js';
import { ProviderError } from './provider-error.js';
import type { ProviderRegistry } from './registry.js';

/** The provider of one metric, with the metric's spec at hand. */
export interface BoundProvider {
  readonly kind: MetricProviderKind;
  measure(context: MeasureContext): Promise<Reading>;
  /** Undefined: the provider's measurements end at once. */
  readonly resume: ((measurement: Measurement, context: MeasureContext) => Promise<Reading>) | undefined;
  readonly terminate: ((measurement: Measurement, context: MeasureContext) => Promise<Reading>) | undefined;
  /** Undefined: its measurements leave nothing behind. */
  readonly collectGarbage: ((limit: number, context: MeasureContext) => Promise<void>) | undefined;
  describe(): Metadata;
}

/**
 * The provider that a metric names.
 * @throws ProviderError (`invalidSpec`) when it names none, several, or one that is not there: nothing takes its place.
 */
export function bindProvider({ name, provider }: Metric, registry: ProviderRegistry): BoundProvider {
  const [kind, ...others] = PROVIDER_KINDS.filter((candidate) => provider[candidate] !== undefined);
  if (kind === undefined || others.length > 0) {
    throw new ProviderError('invalidSpec', `no valid provider in metric '${name}'`);
  }
  const bound = bind(kind, provider, registry);
  if (bound === undefined) {
    throw new ProviderError('invalidSpec', `the provider ${kind} of metric '${name}' is not available`);
  }
  return bound;
}

/** `Pick` ties the provider to the spec of the same key, which a union of kinds would not. */
function bind<Kind extends MetricProviderKind>(
  kind: Kind,
  specs: Pick<MetricProviderSpec, Kind>,
  registry: ProviderRegistry,
): BoundProvider | undefined {
  const provider: MetricProvider<NonNullable<MetricProviderSpec[Kind]>> | undefined = registry.get(kind);
  const spec = specs[kind];
  if (provider === undefined || spec === undefined) return undefined;
  return {
    kind,
    measure: (context) => provider.measure(spec, context),
    resume: provider.resume === undefined ? undefined : provider.resume.bind(provider, spec),
    terminate: provider.terminate === undefined ? undefined : provider.terminate.bind(provider, spec),
    collectGarbage:
      provider.collectGarbage === undefined ? undefined : provider.collectGarbage.bind(provider, spec),
    describe: () => provider.describe?.(spec) ?? {},
  };
}

const isKind = (key: string): key is MetricProviderKind =>
  Object.hasOwn(MetricProviderSpecSchema.properties, key);
const PROVIDER_KINDS = Object.keys(MetricProviderSpecSchema.properties).filter(isKind);
