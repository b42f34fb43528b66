import { GoError } from './go-error.js';
import type { Spend } from './spend.js';

/**
 * How deep a value may be nested to be printed. JSON of the reference's results goes to 10,000; nobody writes a
 * condition over text of such a value, and one call a level must fit the stack.
 */
export const MAX_PRINT_DEPTH = 1000;

/** Steps of a piece of text that is printed, and the characters of it that cost one more. */
const PIECE_PRICE = 4;
const CHARACTERS_A_STEP = 8;
/** Steps that an entry of a map costs beside: they are printed in the order of their keys. */
export const ENTRY_PRICE = 15;
/** Steps that the digits of a float, and the parts of a time, cost beside. */
export const FLOAT_PRICE = 15;
export const TIME_PRICE = 60;

/** Text that is built up to a limit, so that printing a huge value cannot take memory without end. */
export class Printer {
  private readonly parts: string[] = [];
  private length = 0;
  private depth = 0;
  private readonly limit: number;
  private readonly spend: Spend | undefined;

  /** `spend` is told what each piece costs: a value of few parts may be of any size when they are printed. */
  constructor(limit: number, spend?: Spend) {
    this.limit = limit;
    this.spend = spend;
  }

  add(text: string): void {
    this.length += text.length;
    if (this.length > this.limit) throw new GoError('memory budget exceeded');
    this.spend?.(PIECE_PRICE + text.length / CHARACTERS_A_STEP);
    this.parts.push(text);
  }

  /** Takes note of what is done beside adding text. */
  cost(steps: number): void {
    this.spend?.(steps);
  }

  /** Prints what is inside of a value. Throws GoError when values are nested too deep. */
  nested(print: () => void): void {
    this.depth += 1;
    if (this.depth > MAX_PRINT_DEPTH) throw new GoError('exceeded max depth');
    print();
    this.depth -= 1;
  }

  get level(): number {
    return this.depth;
  }

  toString(): string {
    return this.parts.join('');
  }
}
