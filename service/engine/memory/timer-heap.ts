/** An entry of a {@link TimerHeap}. */
interface Entry<Item> {
  readonly dueAtMs: number;
  /** Order of arrival, so that what is due at the same time leaves in the order it came. */
  readonly order: number;
  readonly item: Item;
}

/** A binary heap of items by due time (epoch ms): adding and taking cost the logarithm of its size. */
export class TimerHeap<Item> {
  readonly #entries: Entry<Item>[] = [];
  #arrivals = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** Due time of the first item. */
  get nextDueAtMs(): number | undefined {
    return this.#entries[0]?.dueAtMs;
  }

  /** Number of items that are due. Looks at all of them. */
  countDue(nowMs: number): number {
    return this.#entries.filter(({ dueAtMs }) => dueAtMs <= nowMs).length;
  }

  add(item: Item, dueAtMs: number): void {
    this.#entries.push({ dueAtMs, order: this.#arrivals++, item });
    this.#rise(this.#entries.length - 1);
  }

  /** Takes the first item out if it is due. */
  takeDue(nowMs: number): Item | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    const last = this.#entries.pop();
    if (last !== undefined && last !== first) {
      this.#entries[0] = last;
      this.#sink(0);
    }
    return first.item;
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#entries[one];
    const b = this.#entries[other];
    if (a === undefined || b === undefined) return false;
    return a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.order < b.order);
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#entries[lower];
    const b = this.#entries[upper];
    if (a === undefined || b === undefined || !this.#isBefore(lower, upper)) return false;
    this.#entries[lower] = b;
    this.#entries[upper] = a;
    return true;
  }
}
