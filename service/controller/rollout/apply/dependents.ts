/** Which Rollouts have to be looked at when something else changes. */
export class Dependents {
  readonly #wanted = new Map<string, ReadonlySet<string>>();
  readonly #rollouts = new Map<string, Set<string>>();

  /** A Rollout needs these, and none of those before. */
  set(rollout: string, needs: readonly string[]): void {
    const wanted = new Set(needs);
    for (const old of this.#wanted.get(rollout) ?? []) if (!wanted.has(old)) this.#remove(old, rollout);
    for (const need of wanted) {
      const known = this.#rollouts.get(need);
      if (known === undefined) this.#rollouts.set(need, new Set([rollout]));
      else known.add(rollout);
    }
    if (wanted.size === 0) this.#wanted.delete(rollout);
    else this.#wanted.set(rollout, wanted);
  }

  /** The Rollouts that need it. */
  of(need: string): readonly string[] {
    return [...(this.#rollouts.get(need) ?? [])];
  }

  #remove(need: string, rollout: string): void {
    const known = this.#rollouts.get(need);
    known?.delete(rollout);
    if (known?.size === 0) this.#rollouts.delete(need);
  }
}
