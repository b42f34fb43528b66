/** How one recorded case went. `deviate`: it differs, and a named rule of `deviations.ts` accepts that. */
export interface CaseResult {
  readonly id: string;
  readonly group: string;
  readonly outcome: 'agree' | 'deviate' | 'disagree';
  /** Of `deviate`, the rule's name. */
  readonly rule?: string;
  /** What was expected and what came, for `--verbose`. */
  readonly details?: string;
}

/** A vector file, read. `path` is relative to the folder of vectors, with forward slashes. */
export interface VectorFile {
  readonly path: string;
  readonly json: unknown;
}

/** Runs the cases of the vector files whose path matches `file`. */
export interface VectorRunner {
  readonly file: RegExp;
  run(file: VectorFile): AsyncIterable<CaseResult> | Promise<readonly CaseResult[]>;
}
