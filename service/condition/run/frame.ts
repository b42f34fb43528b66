import { GoError } from '../go/go-error.js';
import { compileRegex, type GoRegex } from '../go/regex.js';
import { patternPrice } from '../go/regex-price.js';
import type { GoTime } from '../go/values.js';
import { Budget } from './budget.js';
import { conditionFunctions } from './condition-functions.js';

/** Patterns that one evaluation keeps compiled. */
const MAX_PATTERNS = 64;

/** The state of one evaluation. `slots` hold what `let` and the predicates bind; the compiler numbers them. */
export class Frame {
  readonly result: unknown;
  private readonly clock: GoTime | undefined;
  readonly slots: unknown[] = [];
  private used: Budget | undefined;
  private patterns: Map<string, GoRegex> | undefined;
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

  /**
   * A pattern that is known only now. It is paid for where this evaluation has not used it lately, whatever others have:
   * the same condition comes to the same end every time. Throws GoError for what is no pattern.
   */
  pattern(source: string): GoRegex {
    this.patterns ??= new Map();
    const known = this.patterns.get(source);
    if (known !== undefined) return known;
    this.budget.step(patternPrice(source));
    const regex = compileRegex(source);
    if (this.patterns.size >= MAX_PATTERNS) this.patterns.clear();
    this.patterns.set(source, regex);
    return regex;
  }

  /** The functions of a condition that depend on the result. */
  get functions(): ReturnType<typeof conditionFunctions> {
    this.given ??= conditionFunctions(this.result);
    return this.given;
  }
}

/** A compiled node. */
export type Code = (frame: Frame) => unknown;
