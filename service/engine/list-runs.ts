import { setImmediate as otherWork } from 'node:timers/promises';
import type { ListPage, ListQuery } from './engine.js';
import { continueToken, readContinueToken } from './list-order.js';
import { newestIds } from './newest-ids.js';
import type { ListCursor, RunStore } from './ports.js';
import { present } from './present.js';

/** The largest page of `Engine.list`. */
const MAX_PAGE = 500;

/** Runs that a listing with filters reads at once, and at most: the next page goes on from there. */
const READ_AT_ONCE = 100;
const READ_AT_MOST = 1_000;

/**
 * Fills a page with runs that pass the filters, which the index does not know. One request does not read every run there is:
 * a page may be short, or empty, and still have a next one.
 */
export async function listRuns(
  store: RunStore,
  { namespace, namespaces, phase, matches, limit, continue: token }: ListQuery,
): Promise<ListPage> {
  const size = Math.min(Math.max(1, Math.trunc(limit)), MAX_PAGE);
  const items: ListPage['items'][number][] = [];
  let after: ListCursor | undefined = token === undefined ? undefined : readContinueToken(token);
  const batch = phase === undefined && matches === undefined ? size : Math.max(size, READ_AT_ONCE);
  for (let read = 0; ; read += batch) {
    if (read >= READ_AT_MOST && after !== undefined) return { items, continue: continueToken(after) };
    if (read > 0) await otherWork();
    const wanted = namespace === undefined ? namespaces : [namespace];
    const entries = await newestIds(store, wanted, batch, after);
    const runs = await store.loadEach(entries.map(({ id }) => id));
    for (const [index, stored] of runs.entries()) {
      after = entries[index];
      if (stored === undefined) continue;
      if (phase !== undefined && (stored.completion?.status.phase ?? 'Running') !== phase) continue;
      if (matches !== undefined && !matches(stored.document)) continue;
      items.push(present(stored));
      if (items.length === size && after !== undefined) return { items, continue: continueToken(after) };
    }
    if (entries.length < batch) return { items };
  }
}
