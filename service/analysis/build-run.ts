import {
  API_VERSION,
  type AnalysisRun,
  type AnalysisTemplate,
  type Argument,
  type ClusterAnalysisTemplate,
  type DryRun,
  type MeasurementRetention,
  type ObjectMeta,
  type TTLStrategy,
} from '../../schemas/index.js';
import { flattenTemplates, joinDryRun, joinRetention, TemplateError } from './flatten-templates.js';
import { mergeArgs } from './merge-args.js';

/** What a run is made of. */
export interface RunIngredients {
  readonly templates: readonly AnalysisTemplate[];
  readonly clusterTemplates: readonly ClusterAnalysisTemplate[];
  readonly args?: readonly Argument[];
  readonly dryRun?: readonly DryRun[];
  readonly measurementRetention?: readonly MeasurementRetention[];
  readonly ttlStrategy?: TTLStrategy;
  /** Name, namespace, labels and the rest of the run. */
  readonly metadata?: ObjectMeta;
}

/** The run, or the reference's message about why there can be none. */
export type BuiltRun =
  | { readonly ok: true; readonly run: AnalysisRun }
  | { readonly ok: false; readonly message: string };

/** A run of one or more templates. Rules of the run stand before those of the templates, and must not repeat them. */
export function buildRun(ingredients: RunIngredients): BuiltRun {
  try {
    return { ok: true, run: mixed(ingredients) };
  } catch (error) {
    if (error instanceof TemplateError) return { ok: false, message: error.message };
    throw error;
  }
}

function mixed(ingredients: RunIngredients): AnalysisRun {
  const { templates, clusterTemplates, ttlStrategy, metadata } = ingredients;
  const flat = flattenTemplates(templates, clusterTemplates);
  const args = mergeArgs(ingredients.args ?? [], flat.args);
  const dryRun = joinDryRun([...(ingredients.dryRun ?? []), ...flat.dryRun]);
  const measurementRetention = joinRetention([
    ...(ingredients.measurementRetention ?? []),
    ...flat.measurementRetention,
  ]);
  return {
    apiVersion: API_VERSION,
    kind: 'AnalysisRun',
    metadata: metadata ?? {},
    spec: {
      metrics: flat.metrics,
      ...(args.length === 0 ? {} : { args }),
      ...(dryRun.length === 0 ? {} : { dryRun }),
      ...(measurementRetention.length === 0 ? {} : { measurementRetention }),
      ...(ttlStrategy === undefined ? {} : { ttlStrategy }),
    },
  };
}
