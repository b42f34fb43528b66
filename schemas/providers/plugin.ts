import type { Static } from 'typebox';
import { type Immutable, openObject } from '../shape.js';

/** `provider.plugin`: one key, the name of the plugin, with the plugin's own configuration. */
export const PluginMetricSchema = openObject(
  "A metric of a plugin: its name, and under it the plugin's own configuration.",
);
/** See {@link PluginMetricSchema}. */
export type PluginMetric = Immutable<Static<typeof PluginMetricSchema>>;
