import type { GoTime } from '../go/values.js';
import { Budget } from './budget.js';
import { conditionFunctions } from './functions.js';

/** The state of one evaluation. `slots` hold what `let` and the predicates bind; the compiler numbers them. */
export class Frame {
  readonly result: unknown;
  readonly now: GoTime;
  readonly slots: unknown[] = [];
  private used: Budget | undefined;
  private given: ReturnType<typeof conditionFunctions> | undefined;

  constructor(result: unknown, now: GoTime) {
    this.result = result;
    this.now = now;
  }

  /** Made when it is first needed: most conditions create and visit nothing. */
  get budget(): Budget {
    this.used ??= new Budget();
    return this.used;
  }

  /** The functions of a condition that depend on the result. */
  get functions(): ReturnType<typeof conditionFunctions> {
    this.given ??= conditionFunctions(this.result);
    return this.given;
  }
}

/** A compiled node. */
export type Code = (frame: Frame) => unknown;

