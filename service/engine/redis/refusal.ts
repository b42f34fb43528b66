/** Redis answers and does not take what was to be stored; nothing of it was. The message is for operators. */
export class StoreRefusalError extends Error {
  override readonly name = 'StoreRefusalError';
}

/** There is no connection to Redis, or it was lost before the answer: what was asked for may have been done. The message is for operators. */
export class StoreAwayError extends Error {
  override readonly name = 'StoreAwayError';
}

/** Why a server refuses writes, by the first word of its error: it has no other code. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['OOM', 'Redis is full (maxmemory)'],
  ['MISCONF', 'Redis can not write to its disk'],
  ['NOREPLICAS', 'Redis has too few replicas that keep up (min-replicas-to-write)'],
  ['READONLY', 'this Redis is a replica now, and takes no writes'],
  ['CLUSTERDOWN', 'a part of the Redis Cluster is away'],
  ['LOADING', 'Redis is reading its data'],
  ['MASTERDOWN', 'this Redis is a replica that has lost its master'],
  ['BUSY', 'Redis is busy with a script'],
  ['TRYAGAIN', 'a slot of the Redis Cluster is on its way to another node'],
]);

/** The error of a command as a {@link StoreRefusalError} if it is one, else as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const reason = REASONS.get(codeOf(error.message));
  return reason === undefined ? error : new StoreRefusalError(reason, { cause: error });
}

/** The first word of an error, or of the one that a script met: Redis 6.2 tells it within a text of its own. */
function codeOf(message: string): string {
  const [, code = '', script] = /^([A-Z]+)( Error running script)?/.exec(message) ?? [];
  return script === undefined ? code : (/-([A-Z]+) /.exec(message)?.[1] ?? code);
}
