import type { AnalysisPhase, AnalysisRunStatus } from '../../schemas/index.js';

/** What the command ends with. Pipelines branch on these: a number never changes its meaning. */
export const EXIT = {
  successful: 0,
  failed: 1,
  error: 2,
  inconclusive: 3,
  /** Bad usage or an invalid spec: nothing was measured. As `EX_USAGE` of sysexits.h. */
  usage: 64,
  /** The server can not be reached. As `EX_UNAVAILABLE`. */
  unavailable: 69,
  /** A fault of Assay itself. As `EX_SOFTWARE`. */
  software: 70,
  /** The time was up before there was a verdict. As timeout(1). */
  timedOut: 124,
  /** Ended by Ctrl-C, as shells say it: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of a run or measurement that ended in this phase. One without an end counts as Error: it proves nothing. */
export function exitCodeOf(phase: AnalysisPhase): ExitCode {
  switch (phase) {
    case 'Successful':
      return EXIT.successful;
    case 'Failed':
      return EXIT.failed;
    case 'Inconclusive':
      return EXIT.inconclusive;
    case 'Error':
    case 'Running':
    case 'Pending':
    case '':
      return EXIT.error;
  }
}

/** The exit code of a run. One that was ended early and would be Successful is Inconclusive: nothing was decided. */
export function exitCodeOfRun(status: AnalysisRunStatus | undefined): ExitCode {
  return status?.verdict === 'hold' ? EXIT.inconclusive : exitCodeOf(status?.phase ?? '');
}

/** Why a command can not do what was asked. `message` is all that the user is shown. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Bad usage: {@link CliError} with exit code 64. */
export const usageError = (message: string, options?: ErrorOptions): CliError =>
  new CliError(EXIT.usage, message, options);
