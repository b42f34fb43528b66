/** A computation over a tree that asks for what another part comes to by yielding it. */
export type Descent<Part, Result> = Generator<Part, Result, Result>;

/**
 * Runs a computation over a tree of any depth: what waits for its parts is kept in a list, where calls within calls
 * would overflow the stack. The first error ends it all.
 */
export function descend<Part, Result>(root: Part, begin: (part: Part) => Descent<Part, Result>): Result {
  const waiting: Descent<Part, Result>[] = [];
  let current = begin(root);
  let step = current.next();
  for (;;) {
    if (step.done !== true) {
      waiting.push(current);
      current = begin(step.value);
      step = current.next();
      continue;
    }
    const outer = waiting.pop();
    if (outer === undefined) return step.value;
    current = outer;
    step = current.next(step.value);
  }
}
