import type { OutboxItem } from '../ports.js';

/** Items to be told of, each hidden while it is handed out. */
export class Outbox {
  readonly #items = new Map<string, { readonly item: OutboxItem; dueAtMs: number }>();

  add(item: OutboxItem, nowMs: number): void {
    this.#items.set(JSON.stringify(item), { item, dueAtMs: nowMs });
  }

  lease(nowMs: number, leaseMs: number, limit: number): OutboxItem[] {
    const due: OutboxItem[] = [];
    for (const entry of this.#items.values()) {
      if (due.length >= limit) break;
      if (entry.dueAtMs > nowMs) continue;
      entry.dueAtMs = nowMs + leaseMs;
      due.push(entry.item);
    }
    return due;
  }

  remove(item: OutboxItem): void {
    this.#items.delete(JSON.stringify(item));
  }

  removeRun(id: string): void {
    for (const [key, { item }] of this.#items) if (item.run === id) this.#items.delete(key);
  }
}
