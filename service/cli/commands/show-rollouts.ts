import type { CliDeps } from '../deps.js';
import { CliError, EXIT, type ExitCode } from '../exit-code.js';
import { timeoutOf } from '../input/timeout.js';
import { isColorful } from '../io.js';
import { type Colors, colorsWhen } from '../phase-style.js';
import { shorten } from '../printable.js';
import { createPainter } from '../progress/repaint.js';
import { readRollout } from '../rollouts/change-rollout.js';
import { COLLECTIONS, listAll, readRolloutObjects } from '../rollouts/cluster-objects.js';
import { listLines, phaseText, rolloutLines, statusLine } from '../rollouts/rollout-text.js';
import { type RolloutTree, rolloutTree } from '../rollouts/rollout-tree.js';
import { viewRollout } from '../rollouts/rollout-view.js';
import { watchRollout } from '../rollouts/watch-rollout.js';
import { atCluster, type ClusterOptions } from './rollout-cluster.js';

/** Options of `assay rollouts list`. */
export interface ListRolloutsOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
}

/** Options of `assay rollouts watch` and `status`. */
export interface WatchRolloutOptions extends ClusterOptions {
  readonly timeout?: string;
}

/** `assay rollouts list`: the Rollouts of a namespace or of all, a line each. */
export async function listRolloutsCommand(options: ListRolloutsOptions, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const isAll = options.allNamespaces ?? false;
  const rollouts = await atCluster(options, deps, ({ api, namespace, signal }) =>
    listAll(api, COLLECTIONS.rollouts(isAll ? undefined : namespace), signal),
  );
  if (rollouts.length === 0) io.err.write('there are no such rollouts\n');
  else writeLines(listLines(rollouts, isAll), deps);
  return EXIT.successful;
}

/** `assay rollouts get`: how a Rollout stands and all that belongs to it. */
export async function getRolloutCommand(
  name: string,
  options: ClusterOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const objects = await atCluster(options, deps, ({ api, namespace, signal }) =>
    readRolloutObjects(api, namespace, name, signal),
  );
  writeLines(rolloutLines(rolloutTree(objects), deps.clock.nowMs(), colorsOf(deps)), deps);
  return EXIT.successful;
}

/**
 * `assay rollouts watch`: what `get` shows, drawn again as it changes; without a terminal a line for each way that it stands.
 * Goes on until it is interrupted.
 * @throws CliError when the time is up, or the Rollout is deleted.
 */
export async function watchRolloutCommand(
  name: string,
  options: WatchRolloutOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const show = deps.io.out.isTty ? painted(deps) : told(deps, statusLine);
  await follow(name, options, deps, (tree) => {
    show(tree);
    return false;
  });
  return EXIT.successful;
}

/** Options of `assay rollouts status`. */
export interface StatusOptions extends WatchRolloutOptions {
  /** False: only how it stands now. */
  readonly watch: boolean;
}

/**
 * `assay rollouts status`: waits until a Rollout is Healthy (0) or Degraded (1), and tells each phase on the way.
 * @throws CliError when the time is up, or the Rollout is deleted.
 */
export async function rolloutStatusCommand(
  name: string,
  options: StatusOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  if (!options.watch) {
    const view = viewRollout(await atCluster(options, deps, (place) => readRollout({ ...place, name })));
    writeLines([phaseText(view)], deps);
    return view.status === 'Degraded' ? EXIT.failed : EXIT.successful;
  }
  const tell = told(deps, ({ rollout }) => phaseText(rollout));
  const last = await follow(name, options, deps, (tree) => {
    tell(tree);
    return tree.rollout.status === 'Healthy' || tree.rollout.status === 'Degraded';
  });
  return last.rollout.status === 'Healthy' ? EXIT.successful : EXIT.failed;
}

/** Follows a Rollout until `isEnd` says so of a view, which is answered. */
async function follow(
  name: string,
  options: WatchRolloutOptions,
  deps: CliDeps,
  isEnd: (tree: RolloutTree) => boolean,
): Promise<RolloutTree> {
  const { io } = deps;
  const timeout = timeoutOf(options.timeout);
  const timer = new AbortController();
  const timing =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          timer.abort();
        }, timeout.ms);
  const signal = AbortSignal.any([io.interrupt, timer.signal]);
  const timedOut = (): CliError =>
    new CliError(
      EXIT.timedOut,
      `rollout '${name}': the time is up, it was followed for ${timeout?.text ?? ''}`,
    );
  try {
    return await atCluster(options, deps, async ({ api, namespace }) => {
      const onTrouble = (error: unknown): void => {
        const reason = error instanceof Error ? error.message : String(error);
        io.err.write(`the cluster can not be followed, trying again: ${reason}\n`);
      };
      try {
        for await (const objects of watchRollout({ api, namespace, name, signal, onTrouble })) {
          const tree = rolloutTree(objects);
          if (isEnd(tree)) return tree;
        }
      } catch (error) {
        if (timer.signal.aborted) throw timedOut();
        throw error;
      }
      if (io.interrupt.aborted) throw new CliError(EXIT.interrupted, 'interrupted');
      if (timer.signal.aborted) throw timedOut();
      throw new CliError(EXIT.usage, `rollout '${name}' was deleted`);
    });
  } finally {
    clearTimeout(timing);
  }
}

/** Draws each view over the one before. */
function painted(deps: CliDeps): (tree: RolloutTree) => void {
  const { io, clock } = deps;
  const painter = createPainter(io.out);
  return (tree) => {
    // Lines that wrap could not be drawn over: on a narrow terminal they are cut, and lose their colours.
    const width = Math.max(1, io.out.columns - 1);
    const plain = rolloutLines(tree, clock.nowMs(), colorsWhen(false));
    const lines = rolloutLines(tree, clock.nowMs(), colorsOf(deps));
    painter.paint(
      plain.map((text, index) => {
        const cut = shorten(text, width);
        return cut === text ? (lines[index] ?? text) : cut;
      }),
    );
  };
}

/** Writes what a view comes to, unless it is as before. */
function told(deps: CliDeps, textOf: (tree: RolloutTree) => string): (tree: RolloutTree) => void {
  let before: string | undefined;
  return (tree) => {
    const text = textOf(tree);
    if (text !== before) writeLines([text], deps);
    before = text;
  };
}

const colorsOf = ({ io }: CliDeps): Colors => colorsWhen(isColorful(io.out, io.env));

function writeLines(lines: readonly string[], { io }: CliDeps): void {
  io.out.write(lines.map((line) => `${line}\n`).join(''));
}
