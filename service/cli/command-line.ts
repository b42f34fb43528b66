import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { goDurationMs } from '../condition/index.js';
import { ConfigError } from '../platform/index.js';
import { type LintOptions, lintCommand } from './commands/lint.js';
import { measureCommand } from './commands/measure.js';
import { runCommand, type RunOptions, type Timeout } from './commands/run.js';
import { serveCommand } from './commands/serve.js';
import type { CliDeps } from './deps.js';
import { CliError, EXIT, type ExitCode } from './exit-code.js';
import type { SpecOptions } from './input/plan-run.js';
import { OUTPUT_FORMATS } from './output/index.js';

const EXIT_CODES = `
Exit codes:
  0 Successful   1 Failed   2 Error   3 Inconclusive
  64 bad usage or invalid spec   69 server unreachable   124 timed out   130 interrupted`;

const RUN_EXAMPLES = `
Examples:
  assay run -f template.yaml --arg service=checkout
  assay run -f template.yaml --timeout 10m --output junit > report.xml
  kubectl get analysistemplate error-rate -o yaml | assay run -f -`;

/**
 * Runs the command with its arguments (without `node` and the script) and answers the exit code. Whatever is wrong is
 * told on standard error; standard output has results only.
 */
export async function runCli(args: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.successful;
  const program = createProgram(deps, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, deps);
  }
}

function explain(error: unknown, { io }: CliDeps): ExitCode {
  // The library has said what is wrong; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.successful : EXIT.usage;
  if (error instanceof CliError) {
    io.err.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof ConfigError) {
    io.err.write(`${error.message}\n`);
    return EXIT.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err.write(`This is a fault of Assay itself, please report it:\n${stack}\n`);
  return EXIT.software;
}

function createProgram(deps: CliDeps, finish: (code: ExitCode) => void): Command {
  const { io, version } = deps;
  const program = new Command('assay')
    .description('Measures and judges releases: Argo AnalysisTemplates in, one verdict out.')
    .version(version)
    .configureOutput({
      writeOut: (text) => {
        io.out.write(text);
      },
      writeErr: (text) => {
        io.err.write(text);
      },
      getOutHelpWidth: () => io.out.columns,
      getErrHelpWidth: () => io.err.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();

  withSpecOptions(program.command('run'))
    .description('Measure until there is a verdict.')
    .option('--timeout <duration>', 'terminate the run after this time, e.g. 10m', parseTimeout)
    .addOption(outputOption(OUTPUT_FORMATS))
    .addHelpText('after', `${EXIT_CODES}\n${RUN_EXAMPLES}`)
    .action(async (options: RunOptions) => {
      finish(await runCommand(options, deps));
    });

  withSpecOptions(program.command('measure'))
    .description('Take one measurement of each metric now, and judge it.')
    .addOption(outputOption(['text', 'json', 'yaml']))
    .addHelpText('after', EXIT_CODES)
    .action(async (options: SpecOptions & { readonly output: 'text' | 'json' | 'yaml' }) => {
      finish(await measureCommand(options, deps));
    });

  program
    .command('lint')
    .description('Find what is wrong with templates and runs, without measuring.')
    .requiredOption('-f, --file <files...>', 'YAML or JSON files; - is standard input')
    .addOption(outputOption(['text', 'json']))
    .addHelpText('after', '\nExit codes:\n  0 no errors (there may be warnings)   64 errors')
    .action(async (options: LintOptions) => {
      finish(await lintCommand(options, deps));
    });

  program
    .command('serve')
    .description('Answer HTTP requests and measure, until told to end.')
    .option('--port <number>', 'port to listen on (ASSAY_PORT)')
    .action(async (options: { readonly port?: string }) => {
      finish(await serveCommand(options, deps));
    });
  return program;
}

/** The options of commands that work on the metrics of a spec. */
function withSpecOptions(command: Command): Command {
  return command
    .requiredOption(
      '-f, --file <files...>',
      'YAML or JSON files with templates, a run or a run request; - is standard input',
    )
    .option('--arg <name=value>', 'value of an argument (repeatable)', collect, [])
    .option('--metric <name>', 'only this metric (repeatable)', collect, []);
}

const outputOption = (formats: readonly string[]): Option =>
  new Option('-o, --output <format>', 'form of the result').choices(formats).default('text');

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function parseTimeout(text: string): Timeout {
  let ms: number;
  try {
    ms = goDurationMs(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  if (ms <= 0) throw new InvalidArgumentError('It must be longer than nothing.');
  return { text, ms };
}
