import { type Command, InvalidArgumentError } from 'commander';
import type { PromoteOptions, RestartOptions, UndoOptions } from './commands/change-rollouts.js';
import type { ClusterOptions } from './commands/rollout-cluster.js';
import type { ListRolloutsOptions, StatusOptions, WatchRolloutOptions } from './commands/show-rollouts.js';
import type { CliDeps } from './deps.js';
import type { ExitCode } from './exit-code.js';

const EXIT_CODES = `
Exit codes:
  0 done   64 bad usage, or the cluster refuses   69 cluster unreachable   130 interrupted`;

const STATUS_EXIT_CODES = `
Exit codes:
  0 Healthy   1 Degraded
  64 bad usage, or the cluster refuses   69 cluster unreachable   124 timed out   130 interrupted`;

/** Adds `assay rollouts` and its commands, which work on the Rollouts of the user's cluster. */
export function addRolloutCommands(program: Command, deps: CliDeps, finish: (code: ExitCode) => void): void {
  const rollouts = program
    .command('rollouts')
    .description('Show the Rollouts of a Kubernetes cluster, and promote, abort, retry or undo them.');
  const add = (usage: string, description: string, exitCodes = EXIT_CODES): Command =>
    rollouts
      .command(usage)
      .description(description)
      .option('-n, --namespace <name>', 'namespace; default: that of the context')
      .option('--context <name>', 'context of the kubeconfig (KUBECONFIG); default: its current one')
      .addHelpText('after', exitCodes);

  addShowing(add, deps, finish);
  addChanging(add, deps, finish);
}

type Add = (usage: string, description: string, exitCodes?: string) => Command;

function addShowing(add: Add, deps: CliDeps, finish: (code: ExitCode) => void): void {
  const load = () => import('./commands/show-rollouts.js');
  add('list', 'Show the Rollouts of a namespace.')
    .option('-A, --all-namespaces', 'of all namespaces')
    .action(async (options: ListRolloutsOptions) => {
      finish(await (await load()).listRolloutsCommand(options, deps));
    });
  add('get <name>', 'Show a Rollout with its revisions, pods and analyses.').action(
    async (name: string, options: ClusterOptions) => {
      finish(await (await load()).getRolloutCommand(name, options, deps));
    },
  );
  add('watch <name>', 'Show a Rollout as it changes, until interrupted.')
    .option('--timeout <duration>', 'stop watching after this time, e.g. 10m')
    .action(async (name: string, options: WatchRolloutOptions) => {
      finish(await (await load()).watchRolloutCommand(name, options, deps));
    });
  add('status <name>', 'Wait until a Rollout is Healthy or Degraded.', STATUS_EXIT_CODES)
    .option('--no-watch', 'only tell how it is now')
    .option('--timeout <duration>', 'stop waiting after this time, e.g. 10m')
    .action(async (name: string, options: StatusOptions) => {
      finish(await (await load()).rolloutStatusCommand(name, options, deps));
    });
}

function addChanging(add: Add, deps: CliDeps, finish: (code: ExitCode) => void): void {
  const load = () => import('./commands/change-rollouts.js');
  const addEach = (what: 'abort' | 'retry' | 'pause', description: string): void => {
    add(`${what} <names...>`, description).action(
      async (names: readonly string[], options: ClusterOptions) => {
        finish(await (await load()).changeEachCommand(what, names, options, deps));
      },
    );
  };
  add('promote <name>', 'Go on to the next step of a canary, or switch a blue/green Rollout.')
    .option('--full', 'skip all steps, pauses and analyses that are left')
    .action(async (name: string, options: PromoteOptions) => {
      finish(await (await load()).promoteCommand(name, options, deps));
    });
  addEach('abort', 'End releases: traffic goes back to the stable version.');
  addEach('retry', 'Begin aborted releases again.');
  addEach('pause', 'Stop releases where they are.');
  add('undo <name>', 'Go back to the pods of the revision before.')
    .option('--to-revision <number>', 'to this revision', parseRevision, 0)
    .action(async (name: string, options: UndoOptions) => {
      finish(await (await load()).undoCommand(name, options, deps));
    });
  add('restart <name>', 'Renew the pods of a Rollout.')
    .option('--in <duration>', 'after this time, e.g. 10m')
    .action(async (name: string, options: RestartOptions) => {
      finish(await (await load()).restartCommand(name, options, deps));
    });
  add('set-image <name> <container=image...>', 'Set images of containers; * is all of them.').action(
    async (name: string, images: readonly string[], options: ClusterOptions) => {
      finish(await (await load()).setImageCommand(name, images, options, deps));
    },
  );
}

/** Reads the number of a revision; 0 is the one before the newest. @throws InvalidArgumentError */
function parseRevision(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be the number of a revision.');
  return Number(text);
}
