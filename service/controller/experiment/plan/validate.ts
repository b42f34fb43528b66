import type { Experiment } from '../../../../schemas/index.js';
import type { SpecFault } from '../../rollout/plan/spec-fault.js';
import { durationMs, type ExperimentScene, progressDeadlineSeconds } from './scene.js';

/** All that is wrong with an Experiment, or an object of its own. Empty: nothing is. */
export const faultsOf = ({ snapshot }: ExperimentScene): readonly SpecFault[] =>
  snapshot.faults.length > 0 ? snapshot.faults : experimentFaults(snapshot.experiment);

/** All that is wrong with an Experiment by itself, in Argo Rollouts' words where it has some. */
export function experimentFaults({ metadata, spec }: Experiment): readonly SpecFault[] {
  const name = metadata?.name ?? '';
  const names = spec.templates.map((template) => template.name);
  const ofTemplates = spec.templates.flatMap((template, index) => {
    const path = `spec.templates[${index}]`;
    return [
      ...when(
        isEverything(template.selector),
        `${path}.selector`,
        `This experiment is selecting all pods at index ${index}. A non-empty selector is required.`,
      ),
      ...when(
        (template.minReadySeconds ?? 0) > progressDeadlineSeconds(spec),
        `${path}.minReadySeconds`,
        `MinReadySeconds cannot be longer than ProgressDeadlineSeconds. Check template index ${index}`,
      ),
      ...when(
        template.name === '',
        `${path}.name`,
        `Experiment ${name} has empty template name at index ${index}`,
      ),
      ...when(
        template.name !== '' && names.indexOf(template.name) < index,
        `${path}.name`,
        `Experiment ${name} has repeated template name '${template.name}' in templates`,
      ),
    ];
  });
  return [
    ...ofTemplates,
    ...when(
      Number.isNaN(durationMs(spec.duration)),
      'spec.duration',
      `must be a Go duration such as 30s or 5m, not '${spec.duration ?? ''}'`,
    ),
  ];
}

const when = (isFault: boolean, path: string, message: string): readonly SpecFault[] =>
  isFault ? [{ path, message }] : [];

const isEverything = (selector: object): boolean =>
  Object.values(selector).every(
    (part: unknown) => part === undefined || Object.keys(part as object).length === 0,
  );
