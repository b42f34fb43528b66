/** The runs that go on, by namespace. */
export class Running {
  readonly #ids = new Map<string, Set<string>>();

  count(namespace: string): number {
    return this.#ids.get(namespace)?.size ?? 0;
  }

  add(namespace: string, id: string): void {
    this.#ids.set(namespace, (this.#ids.get(namespace) ?? new Set()).add(id));
  }

  remove(namespace: string, id: string): void {
    const ids = this.#ids.get(namespace);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(namespace);
  }
}
