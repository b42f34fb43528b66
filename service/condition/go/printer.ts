import { GoError } from './go-error.js';

/**
 * How deep a value may be nested to be printed. JSON of the reference's results goes to 10,000; nobody writes a
 * condition over text of such a value, and one call a level must fit the stack.
 */
export const MAX_PRINT_DEPTH = 1000;

/** Text that is built up to a limit, so that printing a huge value cannot take memory without end. */
export class Printer {
  private readonly parts: string[] = [];
  private length = 0;
  private depth = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(text: string): void {
    this.length += text.length;
    if (this.length > this.limit) throw new GoError('memory budget exceeded');
    this.parts.push(text);
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
