/** What is wrong with a Rollout, or with what it names. */
export interface SpecFault {
  /** Where, e.g. `spec.strategy.canary.steps[1].setWeight`. */
  readonly path: string;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** Name of the Service that is not there, where that is the fault; the Rollout itself has none then. */
  readonly missingService?: string;
  /** The API server has it against the pods, and may have it no longer. */
  readonly isRefusal?: true;
}
