import { CommanderError } from 'commander';
import type { CliDeps } from './deps.js';
import { CliError, EXIT, type ExitCode } from './exit-code.js';
import { createProgram } from './program.js';

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

async function explain(error: unknown, { io }: CliDeps): Promise<ExitCode> {
  // The library has said what is wrong; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.successful : EXIT.usage;
  if (error instanceof CliError) {
    io.err.write(`${error.message}\n`);
    return error.exitCode;
  }
  const { ConfigError, withoutUserinfo } = await import('../platform/index.js');
  if (error instanceof ConfigError) {
    io.err.write(`${error.message}\n`);
    return EXIT.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err.write(`This is a fault of Assay itself, please report it:\n${withoutUserinfo(stack)}\n`);
  return EXIT.software;
}
