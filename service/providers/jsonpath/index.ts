import type { JsonValue } from '../go-json.js';
import { evaluateSteps, Search } from './evaluate.js';
import type { PathTemplate } from './nodes.js';
import { PathError } from './path-error.js';
import { parseTemplate } from './parser.js';
import { NO_VALUE, type PathValue } from './values.js';

export { PathBudgetError, PathError } from './path-error.js';
export { MAX_PATH_LENGTH } from './parser.js';
export { GoInteger, NO_VALUE, type PathValue } from './values.js';

/** A JSONPath that was read and can be applied to any number of documents. */
export interface JsonPath {
  /**
   * The values found in a document, in order. Throws {@link PathError} when a step does not fit it, and
   * {@link PathBudgetError} when the search grows too large. A document that is null gives {@link NO_VALUE}
   * where it is itself what was asked for.
   */
  find(document: JsonValue): readonly PathValue[];
}

/**
 * Reads a path of the Kubernetes dialect: `{.a.b[0]}`, `{$.a}`, `{@.a}`, `['a\.b']`, slices, unions, filters, `..`,
 * `range` … `end`, quoted and plain texts. The rule is client-go's util/jsonpath, as Argo Rollouts' web metric uses
 * it. Throws {@link PathError} with its message.
 */
export function compileJsonPath(text: string): JsonPath {
  const template = parseTemplate(text);
  return { find: (document) => new Walk(template).find(document) };
}

/** One application of a template to a document. */
class Walk {
  readonly #template: PathTemplate;
  readonly #search = new Search();
  /** Where the last `end` stood. */
  #lastEnd = -1;

  constructor(template: PathTemplate) {
    this.#template = template;
  }

  find(document: JsonValue): readonly PathValue[] {
    return this.#block(document ?? NO_VALUE, 0);
  }

  /** Evaluates the expressions from `from` on, up to an `end` that closes the `range` they are in. */
  #block(document: PathValue, from: number): readonly PathValue[] {
    const search = this.#search;
    const found: PathValue[] = [];
    for (let at = from; at < this.#template.length; at += 1) {
      search.budget.spend(1);
      const values = evaluateSteps([document], this.#template[at] ?? [], search);
      if (search.ends > 0 && search.ends <= search.rangesOpen) {
        search.ends -= 1;
        this.#lastEnd = at;
        break;
      }
      if (search.rangesToBegin === 0) {
        for (const value of values) found.push(value);
        continue;
      }
      for (const value of this.#range(values, at + 1)) found.push(value);
      // Without an `end` the expressions after a range are evaluated once more, outside of it.
      if (this.#lastEnd > at) at = this.#lastEnd;
    }
    return found;
  }

  /** Evaluates a range's block for each value; with none, still once, as Kubernetes does to find its end. */
  #range(values: readonly PathValue[], from: number): readonly PathValue[] {
    const search = this.#search;
    search.rangesToBegin -= 1;
    search.rangesOpen += 1;
    const found: PathValue[] = [];
    for (const value of values) {
      if (value === NO_VALUE) throw new PathError('null can not be ranged over');
      for (const result of this.#block(value ?? NO_VALUE, from)) found.push(result);
    }
    if (values.length === 0) this.#block(NO_VALUE, from);
    search.rangesOpen -= 1;
    return found;
  }
}
