import { buildRun, fillTags, isCompleted } from '../../../analysis/index.js';
import { type AnalysisRun, type Argument, type ObjectMeta } from '../../../../schemas/index.js';
import { lossOf } from '../../rollout/plan/lost-run.js';
import { momentMs, secondsMoment } from '../../rollout/plan/moments.js';
import { INSTANCE_ID } from '../../rollout/plan/names.js';
import { templatesOf } from '../../rollout/plan/new-run.js';
import { hashOf, nameOf } from '../../rollout/plan/replica-set.js';
import type { Analysis, AnalysisStatus, ExperimentAction } from '../types.js';
import {
  analysisStatusOf,
  endsAtMs,
  type ExperimentScene,
  ownerReference,
  refusalOf,
  replicaSetOf,
} from './scene.js';

/** What is to be done about an analysis, and how it stands. Its run is named in the status before it is created. */
export interface AnalysisPlan {
  readonly status: AnalysisStatus;
  readonly actions: readonly ExperimentAction[];
  readonly events: readonly ExperimentAction[];
  readonly requeueAtMs?: number;
}

type Step = Omit<AnalysisPlan, 'events'>;

/** An analysis begins when all pods are available, is waited for, and ended with the experiment. */
export function planAnalysis(scene: ExperimentScene, analysis: Analysis): AnalysisPlan {
  const old: AnalysisStatus = analysisStatusOf(scene.status, analysis.name) ?? {
    ...{ name: analysis.name, analysisRun: '', phase: '' },
  };
  const step = planStep(scene, analysis, old);
  return { ...step, events: changeEvents(old, step.status) };
}

function planStep(scene: ExperimentScene, analysis: Analysis, old: AnalysisStatus): Step {
  const stay: Step = { status: old, actions: [] };
  const run = scene.snapshot.analysisRuns.find(({ metadata }) => metadata?.name === old.analysisRun);
  if (isCompleted(old.phase)) return stay;
  if (scene.status.availableAt === undefined) {
    const missing = missingTemplate(scene, analysis);
    return missing === undefined ? stay : failed(old, missing);
  }
  if (old.analysisRun === '')
    return scene.isEnding ? stay : begin(scene, analysis, old, freeName(scene, analysis));
  if (run === undefined) {
    if (old.phase !== 'Pending') return failed(old, `AnalysisRun '${old.analysisRun}' not found`);
    // It was named, and its creation has not come to be.
    return scene.isEnding
      ? { status: { name: old.name, analysisRun: '', phase: '' }, actions: [] }
      : begin(scene, analysis, old, old.analysisRun);
  }
  const mirrored = mirror(scene, old, run);
  return scene.isEnding
    ? { ...mirrored, actions: [...mirrored.actions, ...terminate(analysis, run)] }
    : mirrored;
}

const failed = (old: AnalysisStatus, message: string): Step => ({
  status: { ...old, phase: 'Error', message },
  actions: [],
});

/** Before the pods are there it is known already that it can not be made. */
function missingTemplate(scene: ExperimentScene, analysis: Analysis): string | undefined {
  const { name, templateName, clusterScope } = analysis;
  const kind = clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
  const { templates, clusterTemplates } = scene.snapshot;
  const known = clusterScope === true ? clusterTemplates : templates;
  return known.some(({ metadata }) => metadata?.name === templateName)
    ? undefined
    : `${kind} verification failed for analysis '${name}': ${kind} '${templateName}' not found`;
}

/** The run that is to be made, or why there can be none. */
function begin(scene: ExperimentScene, analysis: Analysis, old: AnalysisStatus, name: string): Step {
  const told = (why: string): Step =>
    failed(old, `Failed to create AnalysisRun for analysis '${analysis.name}': ${why}`);
  const refusal = refusalOf(scene, 'AnalysisRun', name);
  if (refusal !== undefined) return told(refusal);
  const built = newRun(scene, analysis, name);
  if (!built.ok) return told(built.message);
  return {
    status: { ...old, analysisRun: name, phase: 'Pending' },
    actions: [{ kind: 'createAnalysisRun', run: built.run }],
  };
}

/** One of an older experiment of this name may still be there. */
function freeName({ name, snapshot }: ExperimentScene, analysis: Analysis): string {
  const base = `${name}-${analysis.name}`;
  if (!snapshot.runNames.has(base)) return base;
  let number = 1;
  while (snapshot.runNames.has(`${base}.${number}`)) number += 1;
  return `${base}.${number}`;
}

function newRun(scene: ExperimentScene, analysis: Analysis, name: string): ReturnType<typeof buildRun> {
  const { snapshot, spec, namespace } = scene;
  const { templateName, clusterScope = false } = analysis;
  const found = templatesOf(scene, { templates: [{ templateName, clusterScope }] });
  if (!found.ok) return found;
  const filled = filledArguments(scene, analysis);
  if (!filled.ok) return filled;
  const { instanceId } = snapshot.settings;
  const { labels, annotations } = spec.analysisRunMetadata ?? {};
  const metadata: ObjectMeta = {
    ...{ name, namespace, ownerReferences: [ownerReference(scene)] },
    labels: { ...(instanceId === undefined ? {} : { [INSTANCE_ID]: instanceId }), ...labels },
    ...(annotations === undefined ? {} : { annotations }),
  };
  const { dryRun, measurementRetention } = spec;
  return buildRun({
    ...{ templates: found.templates, clusterTemplates: found.clusterTemplates },
    ...{ args: filled.args, metadata },
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(measurementRetention === undefined ? {} : { measurementRetention }),
  });
}

type Filled =
  | { readonly ok: true; readonly args: readonly Argument[] }
  | { readonly ok: false; readonly message: string };

/** Arguments may name the versions of the experiment: `{{templates.canary.podTemplateHash}}`. */
function filledArguments(scene: ExperimentScene, { args = [] }: Analysis): Filled {
  const known = knownValues(scene);
  const filled: Argument[] = [];
  for (const { name, value } of args) {
    if (value === undefined) {
      filled.push({ name });
      continue;
    }
    const resolved = fillTags(value, known);
    if (!resolved.ok) return resolved;
    filled.push({ name, value: resolved.text });
  }
  return { ok: true, args: filled };
}

function knownValues(scene: ExperimentScene): ReadonlyMap<string, string> {
  const { spec, status } = scene;
  const known = new Map<string, string>();
  for (const template of spec.templates) {
    const set = replicaSetOf(scene, template);
    if (set === undefined) continue;
    known.set(`templates.${template.name}.podTemplateHash`, hashOf(set));
    known.set(`templates.${template.name}.replicaset.name`, nameOf(set));
  }
  if (status.availableAt !== undefined)
    known.set('experiment.availableAt', secondsMoment(momentMs(status.availableAt)));
  const endMs = endsAtMs(spec, status);
  if (endMs !== undefined) known.set('experiment.finishedAt', secondsMoment(endMs));
  return known;
}

function mirror(scene: ExperimentScene, old: AnalysisStatus, run: AnalysisRun): Step {
  const { phase = '', message = '' } = run.status ?? {};
  const { message: _message, ...rest } = old;
  const status: AnalysisStatus = {
    ...rest,
    // A run that nobody has taken yet is as good as one that has not begun.
    phase: phase === '' ? 'Pending' : phase,
    ...(message === '' ? {} : { message }),
  };
  const loss = lossOf(run, scene.snapshot.settings.analysisLostAbortMs);
  if (loss === undefined) return { status, actions: [] };
  if (scene.nowMs < loss.abortAtMs) return { status, actions: [], requeueAtMs: loss.abortAtMs };
  return failed(old, `AnalysisRun '${old.analysisRun}' was lost: ${loss.reason}`);
}

function terminate(analysis: Analysis, run: AnalysisRun): readonly ExperimentAction[] {
  if (run.spec.terminate === true || isCompleted(run.status?.phase ?? '')) return [];
  const name = run.metadata?.name ?? '';
  const message = `Terminating ${analysis.name} (${name})`;
  return [
    { kind: 'terminateAnalysisRun', name },
    { kind: 'event', type: 'Normal', reason: 'AnalysisRunTerminating', message },
  ];
}

function changeEvents(old: AnalysisStatus, now: AnalysisStatus): readonly ExperimentAction[] {
  const { name, phase, message = '' } = now;
  if (old.phase === phase || phase === '') return [];
  const why = message === '' ? '' : `: ${message}`;
  const isBad = isCompleted(phase) && phase !== 'Successful';
  return [
    {
      ...{ kind: 'event', type: isBad ? 'Warning' : 'Normal', reason: `AnalysisRun${phase}` },
      message: `AnalysisRun '${name}' transitioned from ${old.phase} -> ${phase}${why}`,
      isForRollout: true,
    },
  ];
}
