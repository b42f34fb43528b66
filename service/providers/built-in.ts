import { prometheusProvider } from './prometheus/prometheus.js';
import type { ProviderSet } from './registry.js';
import { webProvider } from './web.js';

/** The providers that come with Assay: the one list to extend. */
export function builtInProviders(): ProviderSet {
  return {
    prometheus: prometheusProvider,
    web: webProvider,
  };
}
