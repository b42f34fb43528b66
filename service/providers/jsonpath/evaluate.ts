import { isJsonArray } from '../go-json.js';
import { printGo } from '../go-print.js';
import { Budget } from './budget.js';
import { compare } from './compare.js';
import type { FilterNode, PathNode } from './nodes.js';
import { PathError } from './path-error.js';
import { selectWhere } from './select.js';
import { arrayStep, fieldStep, recursiveStep, wildcardStep } from './steps.js';
import { GoInteger, NO_VALUE, type PathValue } from './values.js';

/** Longest print of a value in a message, in characters. */
const MAX_PRINTED = 1_000;

/** UTF-16 units of a text that can be compared in the time of one visit. */
const UNITS_PER_VISIT = 1_024;

/** What `range` and `end` have asked for, and the work left. One for a search. */
export class Search {
  readonly budget = new Budget();
  /** `range`s read, but not yet begun. */
  rangesToBegin = 0;
  /** `range`s being walked. */
  rangesOpen = 0;
  /** `end`s read, but not yet acted on. */
  ends = 0;
}

/** Runs the steps of one expression over values. Throws {@link PathError} with Kubernetes' message. */
export function evaluateSteps(
  input: readonly PathValue[],
  steps: readonly PathNode[],
  search: Search,
): readonly PathValue[] {
  let values = input;
  for (const step of steps) values = evaluateStep(values, step, search);
  return values;
}

function evaluateStep(input: readonly PathValue[], step: PathNode, search: Search): readonly PathValue[] {
  search.budget.spend(1);
  switch (step.kind) {
    case 'text':
      return [step.text];
    case 'literal':
      search.budget.spend(input.length);
      return input.map(() => step.value);
    case 'field':
      return fieldStep(input, step.name, search.budget);
    case 'array':
      return arrayStep(input, step.bounds, search.budget);
    case 'wildcard':
      return wildcardStep(input, search.budget);
    case 'recursive':
      return recursiveStep(input, search.budget);
    case 'union':
      return unionStep(input, step.branches, search);
    case 'filter':
      return input.flatMap((value) => filterStep(value, step, input.length, search));
    case 'identifier':
      return identifierStep(input, step.name, search);
  }
}

function unionStep(
  input: readonly PathValue[],
  branches: readonly (readonly PathNode[])[],
  search: Search,
): readonly PathValue[] {
  return branches.flatMap((branch) => {
    try {
      return evaluateSteps(input, branch, search);
    } catch (error) {
      throw error instanceof PathError ? new PathError(error.message, input.length) : error;
    }
  });
}

function identifierStep(input: readonly PathValue[], name: string, search: Search): readonly PathValue[] {
  if (name === 'range') {
    search.rangesToBegin += 1;
    return input;
  }
  if (name !== 'end') throw new PathError(`unrecognized identifier ${name}`, input.length);
  if (search.rangesOpen === 0) throw new PathError('not in range, nothing to end');
  search.ends += 1;
  return [];
}

function filterStep(
  value: PathValue,
  filter: FilterNode,
  valuesIn: number,
  search: Search,
): readonly PathValue[] {
  if (!isJsonArray(value))
    throw new PathError(
      `${printForMessage(value, search.budget)} is not array or slice and cannot be filtered`,
      valuesIn,
    );
  return selectWhere(value, (item) => {
    search.budget.spend(1);
    return filter.operator === 'exists'
      ? exists(item, filter, search)
      : matches(item, filter, valuesIn, search);
  });
}

function exists(item: PathValue, filter: FilterNode, search: Search): boolean {
  try {
    return evaluateSteps([item], filter.left, search).length > 0;
  } catch (error) {
    if (error instanceof PathError) return error.valuesLeft > 0;
    throw error;
  }
}

function matches(item: PathValue, filter: FilterNode, valuesIn: number, search: Search): boolean {
  const left = oneOf(evaluateSteps([item], filter.left, search), valuesIn);
  if (left === undefined) return false;
  const right = oneOf(evaluateSteps([item], filter.right, search), valuesIn);
  if (right === undefined) return false;
  if (typeof left === 'string') search.budget.spend(Math.ceil(left.length / UNITS_PER_VISIT));
  return compare(left, filter.operator, right);
}

function oneOf(values: readonly PathValue[], valuesIn: number): PathValue | undefined {
  if (values.length > 1) throw new PathError('can only compare one element at a time', valuesIn);
  return values[0];
}

function printForMessage(value: PathValue, budget: Budget): string {
  if (value === NO_VALUE) return '<invalid reflect.Value>';
  if (value instanceof GoInteger) return String(value.value);
  // Printing visits all of the value; a filter without an operator may fail, and so print, once an item.
  recursiveStep([value], budget);
  const printed = printGo(value, MAX_PRINTED + 1);
  return printed.length > MAX_PRINTED ? `${printed.slice(0, MAX_PRINTED)}…` : printed;
}
