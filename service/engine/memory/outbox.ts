import type { OutboxItem, StoredDelivery } from '../ports.js';

/** Deliveries of runs, and when the pending ones are handed out. */
export class Outbox {
  readonly #deliveries = new Map<string, Map<string, StoredDelivery>>();
  /** Pending deliveries by {@link keyOf}. */
  readonly #due = new Map<string, { readonly item: OutboxItem; readonly dueAtMs: number }>();

  add(run: string, deliveries: readonly StoredDelivery[]): void {
    for (const delivery of deliveries) {
      if (delivery.replaces !== undefined) this.#drop({ run, delivery: delivery.replaces });
      this.#put(run, delivery);
    }
  }

  of(run: string): readonly StoredDelivery[] {
    return [...(this.#deliveries.get(run)?.values() ?? [])];
  }

  get({ run, delivery }: OutboxItem): StoredDelivery | undefined {
    return this.#deliveries.get(run)?.get(delivery);
  }

  save(run: string, delivery: StoredDelivery): boolean {
    if (this.get({ run, delivery: delivery.id })?.version !== delivery.version) return false;
    this.#put(run, { ...delivery, version: delivery.version + 1 });
    return true;
  }

  /** Changes when a pending delivery is handed out if it still stands at `version`. */
  defer(item: OutboxItem, version: number, atMs: number): void {
    if (this.get(item)?.version === version) this.#hide(item, atMs);
  }

  lease(nowMs: number, leaseMs: number, limit: number): OutboxItem[] {
    const due = [...this.#due.values()]
      .filter(({ dueAtMs }) => dueAtMs <= nowMs)
      .sort((one, other) => one.dueAtMs - other.dueAtMs)
      .slice(0, limit);
    for (const { item } of due) this.#hide(item, nowMs + leaseMs);
    return due.map(({ item }) => item);
  }

  /** Number of pending deliveries. */
  get pending(): number {
    return this.#due.size;
  }

  isPending(run: string): boolean {
    return this.of(run).some(({ state }) => state === 'pending');
  }

  removeRun(run: string): void {
    for (const { id } of this.of(run)) this.#due.delete(keyOf({ run, delivery: id }));
    this.#deliveries.delete(run);
  }

  #hide(item: OutboxItem, untilMs: number): void {
    if (this.#due.has(keyOf(item))) this.#due.set(keyOf(item), { item, dueAtMs: untilMs });
  }

  #put(run: string, delivery: StoredDelivery): void {
    const ofRun = this.#deliveries.get(run) ?? new Map<string, StoredDelivery>();
    this.#deliveries.set(run, ofRun.set(delivery.id, delivery));
    const item = { run, delivery: delivery.id };
    if (delivery.state === 'pending') this.#due.set(keyOf(item), { item, dueAtMs: delivery.nextAtMs });
    else this.#due.delete(keyOf(item));
  }

  #drop(item: OutboxItem): void {
    this.#deliveries.get(item.run)?.delete(item.delivery);
    this.#due.delete(keyOf(item));
  }
}

const keyOf = ({ run, delivery }: OutboxItem): string => JSON.stringify([run, delivery]);
