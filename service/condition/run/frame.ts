import { GoError } from '../go/go-error.js';
import type { GoTime } from '../go/values.js';
import { Budget } from './budget.js';
import { conditionFunctions } from './condition-functions.js';

/** The state of one evaluation. `slots` hold what `let` and the predicates bind; the compiler numbers them. */
export class Frame {
  readonly result: unknown;
  private readonly clock: GoTime | undefined;
  readonly slots: unknown[] = [];
  private used: Budget | undefined;
  private given: ReturnType<typeof conditionFunctions> | undefined;

  constructor(result: unknown, now: GoTime | undefined) {
    this.result = result;
    this.clock = now;
  }

  /** What `now()` gives. The room has no clock of its own: time is handed in. */
  get now(): GoTime {
    if (this.clock === undefined) throw new GoError('now() is not available here');
    return this.clock;
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
