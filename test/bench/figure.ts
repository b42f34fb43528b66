/** One measured number, as a bench prints it. */
export interface Figure {
  /** Name of the bench: the NAME of `npm run bench -- NAME`. */
  readonly bench: string;
  /** What was measured, in words. */
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What the same run measured beside it, to compare with on any machine. */
  readonly baseline?: string;
  /** `value` divided by the baseline's. */
  readonly ratio?: number;
}

/** Prints a figure as one line of JSON, so that runs can be kept and compared. */
export function report(figure: Figure): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
