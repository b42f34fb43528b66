import type { Colors } from '../phase-style.js';

/** Signs of states, as users of Argo Rollouts' plugin know them. */
const ICON = {
  waiting: '◷',
  progressing: '◌',
  warning: '⚠',
  unknown: '?',
  ok: '✔',
  bad: '✖',
  paused: '॥',
  neutral: '•',
} as const;

/** Signs of counts of measurements. */
export const { ok: OK, bad: BAD, unknown: UNKNOWN, warning: WARNING } = ICON;

const ROLLOUT: Readonly<Record<string, string>> = {
  Progressing: ICON.progressing,
  Error: ICON.warning,
  InvalidSpec: ICON.warning,
  Paused: ICON.paused,
  Healthy: ICON.ok,
  Degraded: ICON.bad,
  Unknown: ICON.unknown,
  ScaledDown: ICON.neutral,
};
const REPLICA_SET: Readonly<Record<string, string>> = {
  Progressing: ICON.progressing,
  Healthy: ICON.ok,
  ReplicaFailure: ICON.bad,
  ScaledDown: ICON.neutral,
};
const ANALYSIS: Readonly<Record<string, string>> = {
  Successful: ICON.ok,
  Inconclusive: ICON.unknown,
  Failed: ICON.bad,
  Error: ICON.warning,
  Running: ICON.progressing,
  Pending: ICON.waiting,
};
const POD: Readonly<Record<string, string>> = {
  Pending: ICON.progressing,
  Terminating: ICON.progressing,
  ContainerCreating: ICON.progressing,
  Running: ICON.ok,
  Completed: ICON.ok,
  Failed: ICON.bad,
  InvalidImageName: ICON.bad,
  CrashLoopBackOff: ICON.bad,
  ImagePullBackOff: ICON.warning,
  RegistryUnavailable: ICON.warning,
  Unknown: ICON.unknown,
};

/** Sign of a state; a space when it is none that is known. */
export const rolloutIcon = (status: string): string => ROLLOUT[status] ?? ' ';
/** See {@link rolloutIcon}. */
export const replicaSetIcon = (status: string): string => REPLICA_SET[status] ?? ' ';
/** See {@link rolloutIcon}; of AnalysisRuns, Experiments and Jobs. */
export const analysisIcon = (status: string): string => ANALYSIS[status] ?? ' ';
/** See {@link rolloutIcon}. */
export function podIcon(status: string): string {
  if (status.startsWith('Init:')) return ICON.progressing;
  if (status.startsWith('Signal:') || status.startsWith('ExitCode:')) return ICON.bad;
  if (status.endsWith('Error') || status.startsWith('Err')) return ICON.warning;
  return POD[status] ?? ' ';
}

/** A sign, tag or phase in its colour; anything else as it is. */
export function colored(word: string, colors: Colors, shown: string = word): string {
  switch (word) {
    case ICON.waiting:
    case ICON.unknown:
    case 'canary':
      return colors.yellow(shown);
    case ICON.progressing:
    case 'preview':
    case 'ping':
    case 'pong':
    case 'Pending':
    case 'Running':
      return colors.blueBright(shown);
    case ICON.warning:
    case ICON.bad:
      return colors.red(shown);
    case ICON.ok:
    case 'stable':
    case 'active':
      return colors.green(shown);
    default:
      return shown;
  }
}
