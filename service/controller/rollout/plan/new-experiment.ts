import {
  API_VERSION,
  type Argument,
  type CanaryStep,
  type Experiment,
  isObject,
} from '../../../../schemas/index.js';
import type { ReplicaSet } from '../types.js';
import { HASH_LABEL, INSTANCE_ID, REVISION } from './names.js';
import { ownerReference } from './new-run.js';
import { revisionOf } from './replica-set.js';
import { runArguments } from './run-arguments.js';
import type { Scene } from './scene.js';
import { currentStep, stepIndex } from './steps.js';

/** An experiment, or why there can be none. */
export type BuiltExperiment =
  | { readonly ok: true; readonly experiment: Experiment }
  | { readonly ok: false; readonly message: string };

type Step = NonNullable<CanaryStep['experiment']>;
type StepTemplate = Step['templates'][number];
type Template = Experiment['spec']['templates'][number];
type Analysis = NonNullable<Experiment['spec']['analyses']>[number];

/** Name of the experiment of the current step: version, revision and step. */
export const experimentBaseName = (scene: Scene): string =>
  [scene.name, scene.hash, revisionOf(scene.newSet), stepIndex(scene) ?? 0].join('-');

/** The experiment that the current step asks for. */
export function newExperiment(scene: Scene, name: string): BuiltExperiment {
  const step: Step = currentStep(scene)?.experiment ?? { templates: [] };
  const templates: Template[] = [];
  for (const template of step.templates) {
    const set = template.specRef === 'stable' ? scene.stableSet : scene.newSet;
    if (set === undefined) return { ok: false, message: `there is no ${template.specRef} version yet` };
    templates.push(templateOf(template, set));
  }
  const analyses: Analysis[] = [];
  for (const analysis of step.analyses ?? []) {
    const filled = runArguments(scene, analysis.args ?? []);
    if (!filled.ok) return { ok: false, message: `analysis '${analysis.name}': ${filled.message}` };
    analyses.push(analysisOf(analysis, filled.args));
  }
  const { progressDeadlineSeconds } = scene.spec;
  const { duration, dryRun, analysisRunMetadata, scaleDownDelaySeconds } = step;
  const { instanceId } = scene.snapshot.settings;
  return {
    ok: true,
    experiment: {
      ...{ apiVersion: API_VERSION, kind: 'Experiment' },
      metadata: {
        ...{ name, namespace: scene.namespace, ownerReferences: [ownerReference(scene)] },
        labels: {
          ...{ ...scene.rollout.metadata?.labels, [HASH_LABEL]: scene.hash },
          ...(instanceId === undefined ? {} : { [INSTANCE_ID]: instanceId }),
        },
        annotations: { [REVISION]: String(revisionOf(scene.newSet)) },
      },
      spec: {
        templates,
        ...(analyses.length === 0 ? {} : { analyses }),
        ...(duration === undefined ? {} : { duration }),
        ...(progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds }),
        ...(dryRun === undefined ? {} : { dryRun }),
        ...(analysisRunMetadata === undefined ? {} : { analysisRunMetadata }),
        ...(scaleDownDelaySeconds === undefined ? {} : { scaleDownDelaySeconds }),
      },
    },
  };
}

/** The pods of a version, with labels that tell them from its own. A share of the traffic needs a Service. */
function templateOf(step: StepTemplate, set: ReplicaSet): Template {
  const { name, replicas, weight, service, metadata } = step;
  const { minReadySeconds, template } = set.spec;
  const selector: Template['selector'] = step.selector ?? set.spec.selector;
  const pods = isObject(template['metadata']) ? template['metadata'] : {};
  const labels = { ...map(pods['labels']), ...metadata?.labels };
  const annotations = { ...map(pods['annotations']), ...metadata?.annotations };
  return {
    name,
    ...(replicas === undefined ? {} : { replicas }),
    ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    selector: { ...selector, matchLabels: { ...selector.matchLabels, ...metadata?.labels } },
    template: {
      ...template,
      metadata: { ...pods, labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    },
    ...(weight === undefined && service === undefined ? {} : { service: service ?? {} }),
  };
}

function analysisOf(step: NonNullable<Step['analyses']>[number], args: readonly Argument[]): Analysis {
  const { name, templateName, clusterScope, requiredForCompletion } = step;
  return {
    ...{ name, templateName },
    ...(clusterScope === undefined ? {} : { clusterScope }),
    ...(args.length === 0 ? {} : { args: [...args] }),
    ...(requiredForCompletion === undefined ? {} : { requiredForCompletion }),
  };
}

const map = (value: unknown): Readonly<Record<string, string>> =>
  isObject(value) ? (value as Readonly<Record<string, string>>) : {};
