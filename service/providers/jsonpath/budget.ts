import { PathBudgetError } from './path-error.js';

/** Values that one search may visit. */
const MAX_VISITED_VALUES = 100_000;

/** Counts the values that a search visits: unions, `..` and `range` can multiply them without end. */
export class Budget {
  #left = MAX_VISITED_VALUES;

  /** Counts `values` more; throws {@link PathBudgetError} when there are none left. */
  spend(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw new PathBudgetError(`JSONPath visits more than ${MAX_VISITED_VALUES} values`);
  }
}
