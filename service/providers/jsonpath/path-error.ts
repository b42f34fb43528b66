/** A path that can not be read, or that does not fit the document. The message is the one Kubernetes gives. */
export class PathError extends Error {
  override readonly name = 'PathError';
  /**
   * How many values the failing step still hands on. Kubernetes ignores an error inside `[?(…)]` without an operator
   * and looks only at whether values came out.
   */
  readonly valuesLeft: number;

  constructor(message: string, valuesLeft = 0) {
    super(message);
    this.valuesLeft = valuesLeft;
  }
}

/** A path that asks for more work than a measurement may take. Ours; never ignored. */
export class PathBudgetError extends Error {
  override readonly name = 'PathBudgetError';
}
