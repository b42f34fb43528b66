import { ConditionError } from '../condition-error.js';

/** The reference's budget: elements that one evaluation may create. */
export const MEMORY_BUDGET = 1_000_000;
/** Our own: elements that one evaluation may visit. At some 30 ns each it keeps an evaluation near 50 ms. */
export const STEP_BUDGET = 550_000;
/** How many bytes of text one evaluation may create. */
export const TEXT_BUDGET = 16 * 1024 * 1024;

/** What has a budget at hand, which is made when it is first asked for. */
export interface Metered {
  readonly budget: Budget;
}

/** What one evaluation has used. */
export class Budget {
  private memory = 0;
  private steps = 0;
  private text = 0;

  /** Counts elements about to be created. Throws `ConditionError` (budget) when that is too many. */
  allocate(elements: number): void {
    this.memory += elements;
    if (this.memory >= MEMORY_BUDGET) throw new ConditionError('budget', 'memory budget exceeded');
  }

  /** Counts elements about to be visited. Throws `ConditionError` (budget) when that is too many. */
  step(count = 1): void {
    this.steps += count;
    if (this.steps > STEP_BUDGET) throw new ConditionError('budget', 'step budget exceeded');
  }

  /** Counts characters about to be created. Throws `ConditionError` (budget) when that is too many. */
  write(characters: number): void {
    this.text += characters;
    if (this.text > TEXT_BUDGET) throw new ConditionError('budget', 'memory budget exceeded');
  }
}
