import { type Command, InvalidArgumentError, Option } from 'commander';

/** What `run`, `measure` and `watch` end with, for their help. */
export const VERDICT_EXIT_CODES = `
Exit codes:
  0 Successful   1 Failed   2 Error   3 Inconclusive
  64 bad usage or invalid spec   69 server unreachable   124 timed out   130 interrupted`;

/** What `get`, `list` and `terminate` end with, for their help. */
export const READING_EXIT_CODES = `
Exit codes:
  0 done, whatever the phase (\`assay watch\` ends with that of the verdict)
  64 bad usage, or no such run   69 server unreachable   124 timed out   130 interrupted`;

/** How requests are authenticated, for the help. */
export const TOKEN_HELP = `
ASSAY_TOKEN, or the file that ASSAY_TOKEN_FILE names: the token that the server asks for, if it does.`;

/** The option for what is measured. */
export const fileOption = (): Option =>
  new Option(
    '-f, --file <files...>',
    'YAML or JSON files with templates, a run or a run request, or directories of such; - is standard input',
  );

/** The options of commands that work on the metrics of a spec. */
export function withSpecOptions(command: Command, file: Option): Command {
  return command
    .addOption(file)
    .addOption(repeatable('--arg <name=value>', 'value of an argument'))
    .addOption(repeatable('--metric <name>', 'only this metric'));
}

/** The option of commands that always ask a server. */
export const withServerOption = (command: Command): Command =>
  command.option('--server <url>', 'the server (ASSAY_SERVER); default: http://127.0.0.1:8080');

/** The options of commands that ask a server and do not wait for a verdict. */
export const withReadingOptions = (command: Command): Command =>
  withServerOption(command).option('--timeout <duration>', 'give up after this time, e.g. 10s');

/** The form of what is written to standard output. */
export const outputOption = (formats: readonly string[]): Option =>
  new Option('-o, --output <format>', 'form of the result').choices(formats).default('text');

/** The options of `assay run` for templates that a server knows. */
export const withNamedTemplateOptions = (command: Command): Command =>
  command
    .addOption(repeatable('--template <name>', 'with --server: an AnalysisTemplate that it knows'))
    .addOption(
      repeatable('--cluster-template <name>', 'with --server: a ClusterAnalysisTemplate that it knows'),
    )
    .option('-n, --namespace <name>', 'with --template: the namespace of the run and of the template');

/** An option that may be given again. Its default, an empty list, would say nothing in the help. */
const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description} (repeatable)`).argParser(collect).default([], 'none');

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** The argument of commands that are about one run. */
export const withRunId = (command: Command): Command => command.argument('<id>', 'id of the run', parseRunId);

/** @throws InvalidArgumentError for a variable that is not set, and for what a URL would take as another place. */
function parseRunId(text: string): string {
  if (/^\s*\.{0,2}\s*$/.test(text)) throw new InvalidArgumentError('It must be the id of a run.');
  return text;
}

/** Reads a number of things, at least one. @throws InvalidArgumentError, which the library tells with the option. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1 to 999999.');
  return Number(text);
}
