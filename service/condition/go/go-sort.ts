/** What can be sorted in place: Go's sort.Interface. */
export interface Sortable {
  readonly length: number;
  /** Whether the element at `i` comes before the one at `j`. May throw: then the order is what it is by then. */
  less(i: number, j: number): boolean;
  swap(i: number, j: number): void;
}

/** Up to so many elements are sorted by insertion. */
const SHORT = 12;
/** From so many elements on a pivot is looked for with more care. */
const LONG = 50;
/** Exchanges while looking for a pivot that tell of a falling order. */
const ALL_EXCHANGED = 12;
/** Pairs out of order that are put right before a range is taken to be unsorted. */
const MAX_REPAIRS = 5;

/**
 * sort.Sort: pattern-defeating quicksort, step for step as Go does it. It is not stable, and a condition can see
 * where it leaves equal elements, elements around a NaN, and which comparison fails first.
 */
export function goSort(data: Sortable): void {
  sortRange(data, 0, data.length, bitLength(data.length));
}

const bitLength = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log2(value)) + 1);

function sortRange(data: Sortable, from: number, to: number, allowed: number): void {
  let [start, end, badChoices] = [from, to, allowed];
  let balanced = true;
  let partitioned = true;
  for (;;) {
    const length = end - start;
    if (length <= SHORT) {
      insertionSort(data, start, end);
      return;
    }
    if (badChoices === 0) {
      heapSort(data, start, end);
      return;
    }
    if (!balanced) {
      scatter(data, start, end);
      badChoices--;
    }
    let { pivot, exchanges } = choosePivot(data, start, end);
    if (exchanges === ALL_EXCHANGED) {
      for (let i = start, j = end - 1; i < j; i++, j--) data.swap(i, j);
      pivot = end - 1 - (pivot - start);
      exchanges = 0;
    }
    if (balanced && partitioned && exchanges === 0 && repaired(data, start, end)) return;
    // Equal to the greatest of the range before: all that equal it are in place then.
    if (start > 0 && !data.less(start - 1, pivot)) {
      start = afterEqual(data, start, end, pivot);
      continue;
    }
    const parted = partition(data, start, end, pivot);
    const { middle } = parted;
    partitioned = parted.wasPartitioned;
    const [left, right] = [middle - start, end - middle];
    balanced = Math.min(left, right) >= Math.floor(length / 8);
    if (left < right) {
      sortRange(data, start, middle, badChoices);
      start = middle + 1;
    } else {
      sortRange(data, middle + 1, end, badChoices);
      end = middle;
    }
  }
}

function insertionSort(data: Sortable, start: number, end: number): void {
  for (let i = start + 1; i < end; i++)
    for (let j = i; j > start && data.less(j, j - 1); j--) data.swap(j, j - 1);
}

function heapSort(data: Sortable, start: number, end: number): void {
  const length = end - start;
  for (let i = (length - 1) >> 1; i >= 0; i--) siftDown(data, i, length, start);
  for (let i = length - 1; i >= 0; i--) {
    data.swap(start, start + i);
    siftDown(data, 0, i, start);
  }
}

function siftDown(data: Sortable, top: number, length: number, start: number): void {
  let root = top;
  for (;;) {
    let child = 2 * root + 1;
    if (child >= length) return;
    if (child + 1 < length && data.less(start + child, start + child + 1)) child++;
    if (!data.less(start + root, start + child)) return;
    data.swap(start + root, start + child);
    root = child;
  }
}

/** Puts the pivot where it belongs: what is less before it, all else behind it. */
function partition(
  data: Sortable,
  start: number,
  end: number,
  pivot: number,
): { readonly middle: number; readonly wasPartitioned: boolean } {
  data.swap(start, pivot);
  let [i, j, exchanged] = [start + 1, end - 1, false];
  for (;;) {
    while (i <= j && data.less(i, start)) i++;
    while (i <= j && !data.less(j, start)) j--;
    if (i > j) break;
    data.swap(i++, j--);
    exchanged = true;
  }
  data.swap(j, start);
  return { middle: j, wasPartitioned: !exchanged };
}

/** Brings what equals the pivot to the front; gives where the rest begins. */
function afterEqual(data: Sortable, start: number, end: number, pivot: number): number {
  data.swap(start, pivot);
  let [i, j] = [start + 1, end - 1];
  for (;;) {
    while (i <= j && !data.less(start, i)) i++;
    while (i <= j && data.less(start, j)) j--;
    if (i > j) return i;
    data.swap(i++, j--);
  }
}

/** Puts a few pairs right that are out of order; whether the range is sorted after that. */
function repaired(data: Sortable, start: number, end: number): boolean {
  let i = start + 1;
  for (let repairs = 0; repairs < MAX_REPAIRS; repairs++) {
    while (i < end && !data.less(i, i - 1)) i++;
    if (i === end) return true;
    if (end - start < LONG) return false;
    data.swap(i, i - 1);
    if (i - start >= 2) for (let j = i - 1; j >= 1 && data.less(j, j - 1); j--) data.swap(j, j - 1);
    if (end - i >= 2) for (let j = i + 1; j < end && data.less(j, j - 1); j++) data.swap(j, j - 1);
  }
  return false;
}

/** Scatters a few elements, always in the same way, so that no pattern makes every choice of a pivot a bad one. */
function scatter(data: Sortable, start: number, end: number): void {
  const length = end - start;
  const mask = (1n << BigInt(bitLength(length))) - 1n;
  const middle = start + Math.floor(length / 4) * 2;
  let random = BigInt(length);
  for (let index = middle - 1; index <= middle + 1; index++) {
    random ^= BigInt.asUintN(64, random << 13n);
    random ^= random >> 7n;
    random ^= BigInt.asUintN(64, random << 17n);
    const other = Number(random & mask);
    data.swap(index, start + (other >= length ? other - length : other));
  }
}

function choosePivot(
  data: Sortable,
  start: number,
  end: number,
): { pivot: number /** How often a pair was found out of order. */; exchanges: number } {
  const quarter = Math.floor((end - start) / 4);
  let exchanges = 0;
  const ordered = (a: number, b: number): [number, number] => {
    if (!data.less(b, a)) return [a, b];
    exchanges++;
    return [b, a];
  };
  const medianOf = (first: number, second: number, third: number): number => {
    const [least, most] = ordered(first, second);
    const [low] = ordered(most, third);
    return ordered(least, low)[1];
  };
  let probes: readonly [number, number, number] = [start + quarter, start + quarter * 2, start + quarter * 3];
  if (end - start >= LONG) {
    const near = (index: number): number => medianOf(index - 1, index, index + 1);
    probes = [near(probes[0]), near(probes[1]), near(probes[2])];
  }
  return { pivot: medianOf(...probes), exchanges };
}
