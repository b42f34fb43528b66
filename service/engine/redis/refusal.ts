import { StoreRefusalError } from '../store-errors.js';

/** Why a server refuses writes, by the first word of its error: it has no other code. */
const WRITE_REASONS: ReadonlyMap<string, string> = new Map([
  ['OOM', 'Redis is full (maxmemory)'],
  ['MISCONF', 'Redis can not write to its disk'],
  ['NOREPLICAS', 'Redis has too few replicas that keep up (min-replicas-to-write)'],
  ['READONLY', 'this Redis is a replica now, and takes no writes'],
]);

/** Why it refuses everything. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['CLUSTERDOWN', 'a part of the Redis Cluster is away'],
  ['LOADING', 'Redis is reading its data'],
  ['MASTERDOWN', 'this Redis is a replica that has lost its master'],
  ['BUSY', 'Redis is busy with a script'],
  ['TRYAGAIN', 'a slot of the Redis Cluster is on its way to another node'],
]);

/** What a user of Redis is told that may not run a command: by itself, and within a script, where there is no code. */
const FORBIDDEN = /^(?:Ready check failed: )?NOPERM |The user executing the script can't |-NOPERM /;

/** Whether the user of Redis lacks the right to do this. */
export const isForbidden = ({ message }: Error): boolean => FORBIDDEN.test(message);

/** That the user of Redis lacks rights, for its operator. None named: the error names them, or nobody. */
export const lackOf = (commands: readonly string[] = []): string =>
  `the user of Redis may not run ${commands.length === 0 ? 'what it has to' : commands.join(', ')}: docs/redis.md, "A user of its own", has the rights it needs`;

/** The error of a command as a {@link StoreRefusalError} if it is one, else as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isForbidden(error))
    return new StoreRefusalError(lackOf(commandsIn(error)), { cause: error, isForbidden: true });
  const code = codeOf(error.message);
  const [write, any] = [WRITE_REASONS.get(code), REASONS.get(code)];
  if (write !== undefined) return new StoreRefusalError(write, { cause: error });
  return any === undefined ? error : new StoreRefusalError(any, { cause: error, readsGoOn: false });
}

/** The command that an error names which says that it is not allowed. */
export function commandsIn({ message }: Error): readonly string[] {
  const [, command] = /'([\w|]+)' command/.exec(message) ?? [];
  return command === undefined ? [] : [command];
}

/** The first word of an error, or of the one that a script met: Redis 6.2 tells it within a text of its own. */
function codeOf(message: string): string {
  const [, code = '', script] = /^([A-Z]+|@user_script)( Error running script|:)?/.exec(message) ?? [];
  return script === undefined ? code : (/-([A-Z]+) /.exec(message)?.[1] ?? code);
}
