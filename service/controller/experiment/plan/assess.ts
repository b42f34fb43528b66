import { isCompleted, isWorse } from '../../../analysis/index.js';
import type { AnalysisPhase } from '../../../../schemas/index.js';
import type { ExperimentSpec, ExperimentStatus, TemplateStatus } from '../types.js';
import { isRequiredDone } from './scene.js';

/** A phase and why. */
export interface Assessment {
  readonly phase: AnalysisPhase;
  readonly message: string;
}

/**
 * The phase of an experiment that has begun and not ended: that of its pods, unless its analyses have decided, or are what it
 * waits for (Argo Rollouts' `calculateStatus`).
 */
export function assess(spec: ExperimentSpec, status: ExperimentStatus): Assessment {
  const pods = assessTemplates(status.templateStatuses ?? []);
  const analyses = assessAnalyses(spec, status);
  const hasRequired = (spec.analyses ?? []).some(
    ({ requiredForCompletion }) => requiredForCompletion === true,
  );
  if (isCompleted(pods.phase)) {
    const decide = isCompleted(analyses.phase) || hasRequired;
    return pods.phase === 'Successful' && decide ? analyses : pods;
  }
  const isBad = isCompleted(analyses.phase) && analyses.phase !== 'Successful';
  return isBad || isRequiredDone(spec, status) ? analyses : pods;
}

/** From best to worst. */
const ORDER = ['Successful', 'Running', 'Progressing', 'Error', 'Failed'];
const PHASES: Readonly<Record<string, Assessment['phase']>> = {
  Progressing: 'Pending',
  Failed: 'Failed',
  Error: 'Error',
  Successful: 'Successful',
};

/** The worst of the pods. */
export function assessTemplates(statuses: readonly TemplateStatus[]): Assessment {
  const rank = ({ status = '' }: TemplateStatus): number => ORDER.indexOf(status);
  const [worst] = statuses.toSorted((one, other) => rank(other) - rank(one));
  const code = worst?.status ?? 'Successful';
  const message = code === 'Successful' ? '' : (worst?.message ?? '');
  return { phase: PHASES[code] ?? 'Running', message };
}

/** The worst of the analyses; without any it is Successful. */
function assessAnalyses(spec: ExperimentSpec, status: ExperimentStatus): Assessment {
  let worst: Assessment = { phase: 'Successful', message: '' };
  for (const { phase, message = '' } of status.analysisRuns ?? [])
    if (isWorse(worst.phase, phase)) worst = { phase, message };
  if (isRequiredDone(spec, status) && (worst.phase === 'Successful' || !isCompleted(worst.phase)))
    return { phase: 'Successful', message: 'Required AnalysisRuns completed' };
  return worst.phase === 'Pending' ? { ...worst, phase: 'Running' } : worst;
}
