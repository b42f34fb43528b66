import type { AnalysisRunSpec, Argument, RolloutAnalysis } from '../../../../schemas/index.js';
import { buildRun, type Collection, endlessMetrics, lint, prepareRun } from '../../../analysis/index.js';
import { inOneLine } from '../../one-line.js';
import { templatesOf } from './new-run.js';
import { recordedRuns } from './run-kinds.js';
import { runNamed } from './runs.js';
import { isPromoted, type Scene } from './scene.js';
import type { SpecFault } from './spec-fault.js';

/** An analysis of a Rollout, and where it stands. */
interface Placed {
  readonly path: string;
  readonly analysis: RolloutAnalysis | undefined;
  /** It is ended with the update; nothing waits for its end. */
  readonly isBackground?: true;
}

/**
 * What is wrong with the analyses of a Rollout: templates that are not there or do not fit together, runs that the service
 * would refuse, and such that something waits for and that never end. It is told as soon as the Rollout is there, not in the
 * middle of its first update; of one whose version is promoted only with the next one: a template that many share must not, once it is
 * faulty, keep all of them from being scaled. Words are those of Argo Rollouts where it finds the same.
 */
export function analysesFaults(scene: Scene): readonly SpecFault[] {
  const { canary, blueGreen } = scene;
  if (isGivenUp(scene)) return [];
  const all: readonly Placed[] = [
    { path: 'spec.strategy.canary.analysis', analysis: canary?.analysis, isBackground: true },
    { path: 'spec.strategy.blueGreen.prePromotionAnalysis', analysis: blueGreen?.prePromotionAnalysis },
    { path: 'spec.strategy.blueGreen.postPromotionAnalysis', analysis: blueGreen?.postPromotionAnalysis },
    ...(canary?.steps ?? []).map(({ analysis }, index) => ({
      ...{ path: `spec.strategy.canary.steps[${index}].analysis`, analysis },
    })),
  ];
  return all.flatMap((placed) => faultsOfOne(scene, placed));
}

/** A release that is given up needs no templates: that one of them is gone by now must not keep its traffic where it is. */
const isGivenUp = (scene: Scene): boolean =>
  scene.status.abort === true ||
  Object.values(recordedRuns(scene)).some(({ name }) => {
    const phase = runNamed(scene, name)?.status?.phase;
    return phase === 'Failed' || phase === 'Error';
  });

function faultsOfOne(scene: Scene, { path, analysis, isBackground }: Placed): readonly SpecFault[] {
  if (analysis === undefined || (analysis.templates ?? []).length === 0) return [];
  const told = (message: string): SpecFault => ({ path: `${path}.templates`, message });
  const found = templatesOf(scene, analysis);
  if (!found.ok) return [told(found.message)];
  const { dryRun, measurementRetention } = analysis;
  const built = buildRun({
    ...{ templates: found.templates, clusterTemplates: found.clusterTemplates },
    args: (analysis.args ?? []).map(({ name, value = '' }) => ({ name, value })),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(measurementRetention === undefined ? {} : { measurementRetention }),
  });
  if (!built.ok) return [told(built.message)];
  if (isPromoted(scene)) return [];
  const spec = withUnknown(built.run.spec, analysis);
  const origins = originsOf(found);
  return [
    ...refusals(spec, origins).map(told),
    ...(isBackground === true ? [] : [...doubleArguments(found), ...endless(spec, origins)].map(told)),
  ];
}

/** What stands for a value that is only known when the run is made. */
const UNKNOWN: NonNullable<Argument['valueFrom']> = { secretKeyRef: { name: 'unknown', key: 'unknown' } };

/** Of a value that comes from a field nothing is known: it may be one of the status, and is another one at each time. */
function withUnknown(spec: AnalysisRunSpec, { args = [] }: RolloutAnalysis): AnalysisRunSpec {
  const unknown = new Set(args.flatMap(({ name, valueFrom }) => (valueFrom === undefined ? [] : [name])));
  if (unknown.size === 0 || spec.args === undefined) return spec;
  const known = spec.args.map((argument) =>
    unknown.has(argument.name) ? { name: argument.name, valueFrom: UNKNOWN } : argument,
  );
  return { ...spec, args: known };
}

/** Where a metric of a run comes from. */
interface Origin {
  /** Kind and name of its template. */
  readonly template: string;
  /** Its place there. */
  readonly index: number;
}

/** The origins of the metrics of a run, in their order: that of {@link buildRun}. */
function originsOf({ templates, clusterTemplates }: Collection): readonly Origin[] {
  return named({ templates, clusterTemplates }).flatMap(({ title, spec }) =>
    (spec.metrics ?? []).map((_metric, index) => ({ template: title, index })),
  );
}

const named = ({ templates, clusterTemplates }: Collection) => [
  ...templates.map(({ metadata, spec }) => ({ title: `AnalysisTemplate ${metadata?.name ?? ''}`, spec })),
  ...clusterTemplates.map(({ metadata, spec }) => ({
    ...{ title: `ClusterAnalysisTemplate ${metadata?.name ?? ''}`, spec },
  })),
];

const OF_METRIC = /^spec\.metrics\[(\d+)\]/;

/** What the service would refuse the run for, each with its place in its template. */
function refusals(spec: AnalysisRunSpec, origins: readonly Origin[]): readonly string[] {
  const { errors } = lint({ kind: 'AnalysisRun', spec });
  if (errors.length > 0) {
    return errors.map(({ path, message }) => {
      const why = inOneLine(message);
      const [start = '', index] = OF_METRIC.exec(path) ?? [];
      const origin = index === undefined ? undefined : origins[Number(index)];
      if (origin === undefined) return `AnalysisRun: ${path}: ${why}`;
      return `${origin.template}: spec.metrics[${origin.index}]${path.slice(start.length)}: ${why}`;
    });
  }
  // What is not known here would be taken for a secret, whose placeholder is no duration and no number.
  if (spec.args?.some(({ valueFrom }) => valueFrom === UNKNOWN) === true) return [];
  const prepared = prepareRun(spec);
  return prepared.ok ? [] : [`AnalysisRun: ${inOneLine(prepared.message)}`];
}

function endless(spec: AnalysisRunSpec, origins: readonly Origin[]): readonly string[] {
  return endlessMetrics(spec).map(({ index, name, count }) => {
    const template = origins[index]?.template ?? 'AnalysisRun';
    return `${template} has metric ${name} which runs indefinitely. Invalid value for count: ${count ?? '<nil>'}`;
  });
}

const doubleArguments = (found: Collection): readonly string[] =>
  named(found).flatMap(({ title, spec }) =>
    (spec.args ?? []).flatMap(({ name, value, valueFrom }) =>
      value === undefined || valueFrom === undefined
        ? []
        : [`${title}: arg '${name}' has both Value and ValueFrom fields`],
    ),
  );
