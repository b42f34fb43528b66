import type { Command } from 'commander';
import type { GetOptions, ListOptions, TerminateOptions } from './commands/server-commands.js';
import type { WatchOptions } from './commands/watch.js';
import type { CliDeps } from './deps.js';
import type { ExitCode } from './exit-code.js';
import { OUTPUT_FORMATS } from './output/formats.js';
import {
  outputOption,
  parseCount,
  READING_EXIT_CODES,
  TOKEN_HELP,
  VERDICT_EXIT_CODES,
  withReadingOptions,
  withRunId,
  withServerOption,
} from './program-options.js';

/** Adds the commands that ask a server for its runs. */
export function addServerCommands(program: Command, deps: CliDeps, finish: (code: ExitCode) => void): void {
  withReadingOptions(withRunId(program.command('get')))
    .description('Show a run of a server as it is now.')
    .addOption(outputOption(OUTPUT_FORMATS))
    .addHelpText('after', `${READING_EXIT_CODES}\n${TOKEN_HELP}`)
    .action(async (id: string, options: GetOptions) => {
      const { getCommand } = await import('./commands/server-commands.js');
      finish(await getCommand(id, options, deps));
    });

  withReadingOptions(program.command('list'))
    .description('Show the runs of a server, newest first.')
    .option('-n, --namespace <name>', 'only runs of this namespace')
    .option('--phase <phase>', 'only runs in this phase, e.g. Running or Failed')
    .option(
      '-l, --selector <labels>',
      'only runs with these labels, as kubectl takes them, e.g. app=checkout',
    )
    .option('--limit <number>', 'at most so many', parseCount, 50)
    .addOption(outputOption(['text', 'json', 'yaml']))
    .addHelpText('after', `${READING_EXIT_CODES}\n${TOKEN_HELP}`)
    .action(async (options: ListOptions) => {
      const { listCommand } = await import('./commands/server-commands.js');
      finish(await listCommand(options, deps));
    });

  withServerOption(withRunId(program.command('watch')))
    .description('Follow a run of a server to its verdict. Stopping leaves the run alone.')
    .option('--timeout <duration>', 'stop watching after this time, e.g. 10m')
    .addOption(outputOption(OUTPUT_FORMATS))
    .addHelpText('after', `${VERDICT_EXIT_CODES}\n${TOKEN_HELP}`)
    .action(async (id: string, options: WatchOptions) => {
      const { watchCommand } = await import('./commands/watch.js');
      finish(await watchCommand(id, options, deps));
    });

  withReadingOptions(withRunId(program.command('terminate')))
    .description('End a run of a server early.')
    .addOption(outputOption(['text', 'json', 'yaml']))
    .addHelpText('after', `${READING_EXIT_CODES}\n${TOKEN_HELP}`)
    .action(async (id: string, options: TerminateOptions) => {
      const { terminateCommand } = await import('./commands/server-commands.js');
      finish(await terminateCommand(id, options, deps));
    });
}
