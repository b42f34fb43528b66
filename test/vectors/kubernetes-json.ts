import type {
  AnalysisTemplate,
  Argument,
  ClusterAnalysisTemplate,
  DryRun,
  MeasurementRetention,
  Metric,
} from '../../schemas/index.js';
import { isRecord } from './judge.js';

/** The fields of recorded inputs whose shapes are ours. */
interface Fields {
  readonly metric: Metric;
  readonly metrics: readonly Metric[];
  readonly args: readonly Argument[];
  readonly incomingArgs: readonly Argument[];
  readonly templateArgs: readonly Argument[];
  readonly dryRun: readonly DryRun[];
  readonly measurementRetention: readonly MeasurementRetention[];
  readonly templates: readonly AnalysisTemplate[];
  readonly clusterTemplates: readonly ClusterAnalysisTemplate[];
}

/** JSON as the Kubernetes API server keeps it: a null is a field that is not set. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

/** A field of a recorded input; the recordings are trusted to have the shape of its name. A list that is null is empty. */
export function fieldOf<Field extends keyof Fields>(
  input: Readonly<Record<string, unknown>>,
  field: Field,
): Fields[Field] {
  return withoutNulls(input[field] ?? (field === 'metric' ? {} : [])) as Fields[Field];
}
