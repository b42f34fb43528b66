import { isAfter } from './list-order.js';
import type { ListCursor, RunStore } from './ports.js';

/**
 * Ids of at most `limit` runs after the cursor, newest first, of one namespace, of several, or of all. A cursor made of them
 * names no run of another namespace.
 */
export async function newestIds(
  store: Pick<RunStore, 'ids'>,
  namespaces: readonly string[] | undefined,
  limit: number,
  after: ListCursor | undefined,
): Promise<readonly ListCursor[]> {
  if (namespaces === undefined) return (await store.ids(undefined, limit, after)).entries;
  const pages = await Promise.all(
    [...new Set(namespaces)].map((namespace) => store.ids(namespace, limit, after)),
  );
  return pages
    .flatMap(({ entries }) => entries)
    .sort((one, other) => (isAfter(one, other) ? 1 : -1))
    .slice(0, limit);
}
