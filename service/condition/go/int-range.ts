import { TypedSlice } from './values.js';

/** The []int that `from..to` gives: of a million integers none is made before it is asked for. */
export class IntRange extends TypedSlice {
  readonly first: bigint;
  readonly length: number;
  private made: readonly bigint[] | undefined;

  /** `length` is that of an array. */
  constructor(first: bigint, length: number) {
    super('int', []);
    this.first = first;
    this.length = length;
  }

  /** The integer at an index within the range. */
  at(index: number): bigint {
    return this.first + BigInt(index);
  }

  override get items(): readonly bigint[] {
    this.made ??= Array.from({ length: this.length }, (_, index) => this.at(index));
    return this.made;
  }
}
