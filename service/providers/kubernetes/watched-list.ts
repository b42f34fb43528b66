import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs } from '../../platform/index.js';
import { errorText } from '../provider-error.js';
import type { KubernetesApi } from './kubernetes-api.js';
import { KubernetesError } from './kubernetes-error.js';
import { type ObjectMeta, fields, text } from './objects.js';
import { pauseAfter } from './watch-pause.js';

/** What a {@link WatchedList} is made of. */
export interface WatchedListOptions<Item> {
  readonly api: KubernetesApi;
  /** Path of the collection, e.g. `/apis/batch/v1/namespaces/app/jobs`. */
  readonly path: string;
  readonly labelSelector: string;
  /** Keeps of an object what is used: the list holds all of them. */
  readonly read: (json: unknown) => Item;
  /** What an object is kept and found by. Default: its name, which is enough within one namespace. */
  readonly keyOf?: (item: Item) => string;
  /** Told of every change; `gone` when the object was deleted. */
  readonly onChange: (item: Item, gone: boolean) => void;
  /** Told why the list does not follow the server any more; of each reason once until it does again. */
  readonly onTrouble: (error: unknown) => void;
  /** Asked between two watches: false ends it until it is used again. */
  readonly isWanted: () => boolean;
  /** Told when a list was taken over: nothing that was there before is missing any more. */
  readonly onListed?: () => void;
}

/** Seconds until the server ends a watch and it is begun anew; spread, so that many do not come at once. */
const WATCH_SECONDS = 240;
/** A list whose watch goes on for less has not gone well: a server that gives lists and no watches is not listed again and again, ms. */
const LIVED_MS = 10_000;
/** A watch that brings nothing and is over so soon is none, ms: what is between us and the server ends it. */
const SHORTEST_MS = 1_000;
/** Objects of a page of a list, unless that is more than is taken at once. */
const PAGE = 500;

/**
 * The objects of a collection, kept up to date by a list and then a watch. A watch that fails, is cut or is silent
 * (see `silenceMs` of the connection) begins again with a list, and meanwhile the list is not {@link current}:
 * who needs the truth asks the server.
 */
export class WatchedList<Item extends { readonly metadata: ObjectMeta }> {
  readonly #options: WatchedListOptions<Item>;
  readonly #items = new Map<string, Item>();
  readonly #keyOf: (item: Item) => string;
  /** Objects that are asked for at once. */
  #page = PAGE;
  #current = false;
  #running: Promise<void> | undefined;

  constructor(options: WatchedListOptions<Item>) {
    this.#options = options;
    this.#keyOf = options.keyOf ?? (({ metadata }) => metadata.name);
  }

  /** Begins to watch unless it does; returns at once. It ends with `signal`. */
  start(signal: AbortSignal): void {
    this.#running ??= this.#run(signal).finally(() => {
      this.#current = false;
      this.#running = undefined;
      this.#items.clear();
    });
  }

  /** Whether the list follows the server now. */
  get current(): boolean {
    return this.#current;
  }

  get(key: string): Item | undefined {
    return this.#items.get(key);
  }

  values(): readonly Item[] {
    return [...this.#items.values()];
  }

  /** Waits for the watch to end, after its signal was aborted. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let told: string | undefined;
    for (let failures = 0; ; failures++) {
      let pauseMs: number;
      let listedAtMs: number | undefined;
      try {
        let version = await this.#list(signal);
        listedAtMs = elapsedMs();
        this.#current = true;
        this.#options.onListed?.();
        told = undefined;
        while (this.#options.isWanted()) version = await this.#watch(version, signal);
        return;
      } catch (error) {
        this.#current = false;
        if (signal.aborted || !this.#options.isWanted()) return;
        const reason = errorText(error);
        if (reason !== told) this.#options.onTrouble(error);
        told = reason;
        if (listedAtMs !== undefined && elapsedMs() - listedAtMs >= LIVED_MS) failures = 0;
        pauseMs = pauseAfter(error, failures);
      }
      try {
        await delay(pauseMs * (0.5 + Math.random()), undefined, { signal, ref: false });
      } catch {
        return; // Aborted: the watch is to end.
      }
    }
  }

  /** Takes over what the server has, and tells what changed against what was known. Answers the version of the list. */
  async #list(signal: AbortSignal): Promise<string> {
    const { read } = this.#options;
    const known = new Map(this.#items);
    const found: Item[] = [];
    let version = '';
    let next: string | undefined;
    do {
      const page = fields(await this.#nextPage(next, signal));
      const metadata = fields(page['metadata']);
      version = text(metadata['resourceVersion']);
      next = text(metadata['continue']) || undefined;
      if (Array.isArray(page['items'])) found.push(...page['items'].map(read));
    } while (next !== undefined);
    // What was large may be gone when a list is made again.
    this.#page = Math.min(this.#page * 2, PAGE);
    this.#items.clear();
    for (const item of found) {
      const key = this.#keyOf(item);
      this.#items.set(key, item);
      if (known.get(key)?.metadata.resourceVersion !== item.metadata.resourceVersion)
        this.#options.onChange(item, false);
    }
    for (const [key, item] of known) if (!this.#items.has(key)) this.#options.onChange(item, true);
    return version;
  }

  /**
   * A page of the list. With objects of a megabyte it would be larger than what is taken of an answer, so that fewer are asked
   * for then: whoever makes such objects must not keep the list from all others.
   */
  async #nextPage(next: string | undefined, signal: AbortSignal): Promise<unknown> {
    const { api, path, labelSelector } = this.#options;
    for (;;) {
      const page = { labelSelector, limit: String(this.#page) };
      const query = { ...page, ...(next === undefined ? {} : { continue: next }) };
      try {
        return await api.request({ method: 'GET', path, query, signal });
      } catch (error) {
        const isTooLarge = error instanceof KubernetesError && error.code === 'tooLarge';
        if (!isTooLarge || this.#page === 1) throw error;
        this.#page = Math.floor(this.#page / 2);
      }
    }
  }

  /** Follows the changes after `version`; answers the last one when the server ends the watch. */
  async #watch(version: string, signal: AbortSignal): Promise<string> {
    const { api, path, labelSelector, read, onChange } = this.#options;
    const timeoutSeconds = String(Math.round(WATCH_SECONDS * (1 + Math.random() / 4)));
    const query = {
      ...{ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version },
      ...{ labelSelector, timeoutSeconds },
    };
    const beganMs = elapsedMs();
    let last = version;
    let isEmpty = true;
    for await (const line of api.lines({ method: 'GET', path, query, signal })) {
      isEmpty = false;
      const { type, object } = fields(line);
      // Most often 410: the version is too old to go on from. A new list is the answer to all of them.
      if (type === 'ERROR') throw new KubernetesError('badResponse', text(fields(object)['message']));
      last = text(fields(fields(object)['metadata'])['resourceVersion']) || last;
      if (type === 'BOOKMARK') continue;
      const item = read(object);
      if (type === 'DELETED') this.#items.delete(this.#keyOf(item));
      else this.#items.set(this.#keyOf(item), item);
      onChange(item, type === 'DELETED');
    }
    if (isEmpty && elapsedMs() - beganMs < SHORTEST_MS)
      throw new KubernetesError('badResponse', 'the watch ended as soon as it had begun');
    return last;
  }
}
