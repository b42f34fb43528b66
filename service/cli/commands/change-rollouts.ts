import { goDurationMs } from '../../condition/index.js';
import type { CliDeps } from '../deps.js';
import { EXIT, type ExitCode, usageError } from '../exit-code.js';
import { applyPatches, readRollout, setImage, undo } from '../rollouts/change-rollout.js';
import {
  ABORT,
  PAUSE,
  promoteFullPatches,
  promotePatches,
  restartPatches,
  RETRY,
  type RolloutPatches,
} from '../rollouts/patches.js';
import type { ImageChange } from '../rollouts/set-image.js';
import { atCluster, type ClusterOptions } from './rollout-cluster.js';

/** `assay rollouts abort|retry|pause`: the same change for each of these Rollouts, one after the other. */
export async function changeEachCommand(
  what: 'abort' | 'retry' | 'pause',
  names: readonly string[],
  options: ClusterOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const { patches, done } = EACH[what];
  await atCluster(options, deps, async (place) => {
    for (const name of names) {
      await applyPatches({ ...place, name }, patches);
      deps.io.out.write(`rollout '${name}' ${done}\n`);
    }
  });
  return EXIT.successful;
}

const EACH: Readonly<
  Record<'abort' | 'retry' | 'pause', { readonly patches: RolloutPatches; readonly done: string }>
> = {
  abort: { patches: ABORT, done: 'aborted' },
  retry: { patches: RETRY, done: 'retried' },
  pause: { patches: PAUSE, done: 'paused' },
};

/** Options of `assay rollouts promote`. */
export interface PromoteOptions extends ClusterOptions {
  readonly full?: boolean;
}

/** `assay rollouts promote`: on to the next step, or with `full` past all of them. */
export async function promoteCommand(
  name: string,
  options: PromoteOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const isFull = options.full ?? false;
  await atCluster(options, deps, async (at) => {
    const place = { ...at, name };
    const rollout = await readRollout(place);
    await applyPatches(place, isFull ? promoteFullPatches(rollout) : promotePatches(rollout));
  });
  deps.io.out.write(`rollout '${name}' ${isFull ? 'fully ' : ''}promoted\n`);
  return EXIT.successful;
}

/** Options of `assay rollouts restart`. */
export interface RestartOptions extends ClusterOptions {
  readonly in?: string;
}

/** `assay rollouts restart`: renews the pods, now or after a time. @throws CliError (64) when that is none. */
export async function restartCommand(
  name: string,
  options: RestartOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const { in: delay = '0s' } = options;
  const patches = restartPatches(deps.clock.nowMs() + delayMs(delay));
  await atCluster(options, deps, (place) => applyPatches({ ...place, name }, patches));
  deps.io.out.write(`rollout '${name}' restarts in ${delay}\n`);
  return EXIT.successful;
}

function delayMs(text: string): number {
  try {
    return goDurationMs(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`--in: must be a duration such as 30s or 10m: ${reason}`, { cause: error });
  }
}

/** Options of `assay rollouts undo`. */
export interface UndoOptions extends ClusterOptions {
  readonly toRevision: number;
}

/** `assay rollouts undo`: back to the pod template of the revision before, or of the one that is named. */
export async function undoCommand(name: string, options: UndoOptions, deps: CliDeps): Promise<ExitCode> {
  const { toRevision } = options;
  const isChanged = await atCluster(options, deps, (place) => undo({ ...place, name }, toRevision));
  const skipped = `skipped rollback (current template already matches revision ${toRevision})`;
  deps.io.out.write(isChanged ? `rollout '${name}' undo\n` : `${skipped}\n`);
  return EXIT.successful;
}

/** `assay rollouts set-image`: other images for containers of the pod template. @param given `container=image`, `*` is all. */
export async function setImageCommand(
  name: string,
  given: readonly string[],
  options: ClusterOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const changes = given.map(imageChange);
  const title = await atCluster(options, deps, (place) => setImage({ ...place, name }, changes));
  deps.io.out.write(`${title} image updated\n`);
  return EXIT.successful;
}

function imageChange(text: string): ImageChange {
  const [, container, image] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (container === undefined || image === undefined)
    throw usageError(`${text}: must be a container and an image, e.g. app=registry.example.com/app:2`);
  return { container, image };
}
