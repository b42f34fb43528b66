import type { RunStore } from './ports.js';

/**
 * Rings when a process has stored deliveries that are due: whoever hands them out there need not wait for the next look into
 * the outbox. It is no more than a hint: those of other processes, and what it misses, are found by looking.
 */
export class DeliveryBell {
  readonly #listeners = new Set<() => void>();

  /** Has `listener` called at each ring, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The store, with this bell on everything that puts deliveries into its outbox. */
  on(store: RunStore): RunStore {
    const after = async <Answer>(stored: Promise<Answer>, isDue: boolean): Promise<Answer> => {
      const answer = await stored;
      if (isDue) this.#ring();
      return answer;
    };
    return {
      ...store,
      create: (run, ...rest) => after(store.create(run, ...rest), run.deliveries.length > 0),
      commit: (measured) => after(store.commit(measured), measured.deliveries.length > 0),
      finish: (run, results, completion, deliveries, nowMs) =>
        after(store.finish(run, results, completion, deliveries, nowMs), deliveries.length > 0),
      saveDelivery: (run, delivery, nowMs) =>
        after(
          store.saveDelivery(run, delivery, nowMs),
          delivery.state === 'pending' && delivery.nextAtMs <= nowMs,
        ),
    };
  }

  #ring(): void {
    for (const listener of this.#listeners) listener();
  }
}
