import { durationMs, type ExperimentScene, progressDeadlineSeconds } from './scene.js';

/** All that is wrong with an Experiment by itself, in Argo Rollouts' words where it has some. */
export function faultsOf(scene: ExperimentScene): readonly string[] {
  const { spec, name, snapshot } = scene;
  const names = spec.templates.map((template) => template.name);
  const ofTemplates = spec.templates.flatMap((template, index) => [
    ...when(
      isEverything(template.selector),
      `This experiment is selecting all pods at index ${index}. A non-empty selector is required.`,
    ),
    ...when(
      (template.minReadySeconds ?? 0) > progressDeadlineSeconds(scene),
      `MinReadySeconds cannot be longer than ProgressDeadlineSeconds. Check template index ${index}`,
    ),
    ...when(template.name === '', `Experiment ${name} has empty template name at index ${index}`),
    ...when(
      template.name !== '' && names.indexOf(template.name) < index,
      `Experiment ${name} has repeated template name '${template.name}' in templates`,
    ),
  ]);
  return [
    ...snapshot.faults.map(({ path, message }) => `${path}: ${message}`),
    ...ofTemplates,
    ...when(
      Number.isNaN(durationMs(spec.duration)),
      `spec.duration: must be a Go duration such as 30s or 5m, not '${spec.duration ?? ''}'`,
    ),
  ];
}

const when = (isFault: boolean, message: string): readonly string[] => (isFault ? [message] : []);

const isEverything = (selector: object): boolean =>
  Object.values(selector).every(
    (part: unknown) => part === undefined || Object.keys(part as object).length === 0,
  );
