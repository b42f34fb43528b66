import type { MetricProviderKind, MetricProviderSpec } from '../../schemas/index.js';
import type { MetricProvider } from './provider.js';

/** A provider for the spec under its own key of `provider:`. */
export type ProviderOf<Kind extends MetricProviderKind> = MetricProvider<
  NonNullable<MetricProviderSpec[Kind]>
>;

/** Providers by the key of `provider:`. */
export type ProviderSet = { readonly [Kind in MetricProviderKind]?: ProviderOf<Kind> };

/** The providers that a process has. */
export interface ProviderRegistry {
  /** The provider of a key; undefined: not there. A spec must be refused then, never given to another provider. */
  get<Kind extends MetricProviderKind>(kind: Kind): ProviderOf<Kind> | undefined;
  /** The keys there are, sorted. */
  readonly kinds: readonly MetricProviderKind[];
}

/**
 * A registry of `providers`; a later set replaces what an earlier one has, as tests and plugins need.
 */
export function createRegistry(...sets: readonly ProviderSet[]): ProviderRegistry {
  const providers = sets.reduce<ProviderSet>((all, set) => ({ ...all, ...set }), {});
  return {
    get(kind) {
      return Object.hasOwn(providers, kind) ? providers[kind] : undefined;
    },
    kinds: Object.values(providers)
      .map(({ kind }) => kind)
      .sort(),
  };
}
