import { readFile } from 'node:fs/promises';
import type { Log, Metrics, Timers } from '../../platform/index.js';
import { type Access, readAccess } from './access-file.js';

/** Time between looks at the file, ms: a token that was taken out of it is good for no longer. */
const LOOK_MS = 2_000;

/** The rules of access as they are now. */
export interface WatchedAccess {
  current(): Access;
  /** Looks at the file now. Never rejects. */
  look(): Promise<void>;
  /** Ends the looking. */
  close(): void;
}

/** What {@link watchAccess} needs. */
export interface WatchedAccessDeps {
  readonly path: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'accessRead'>;
}

/**
 * The file of tokens and issuers, read again whenever its text changes. It is opened by its name each time, so that a file
 * that is renamed over it and the links of a mounted Secret that are swapped are seen alike, on any file system. A text
 * that can not be used changes nothing, and is told in the log and the metrics until it is mended.
 * @throws ConfigError when the first text can not be used.
 */
export async function watchAccess({ path, timers, log, metrics }: WatchedAccessDeps): Promise<WatchedAccess> {
  let text = await readFile(path, 'utf8');
  let access = readAccess(text, path);
  /** The last text, or reason why there was none, that could not be used: told once. */
  let refused: string | undefined;
  let closed = false;
  let looking: Promise<void> | undefined;
  metrics.accessRead(true);

  const read = async (): Promise<void> => {
    let found: string | undefined;
    try {
      found = await readFile(path, 'utf8');
      if (found === text) {
        if (refused !== undefined) metrics.accessRead(true);
        refused = undefined;
        return;
      }
      access = readAccess(found, path);
      text = found;
      refused = undefined;
      metrics.accessRead(true);
      const { tokens, issuers } = access;
      log.info(
        { tokens: tokens.length, issuers: issuers.length, kubernetes: access.kubernetes !== undefined },
        'who may ask was read again',
      );
    } catch (error) {
      const what = found ?? String(error);
      if (what === refused) return;
      refused = what;
      metrics.accessRead(false);
      log.error({ err: error }, 'who may ask can not be read, and stays as it was: mend the file');
    }
  };
  const look = (): Promise<void> =>
    (looking ??= read().finally(() => {
      looking = undefined;
    }));
  let cancel = (): void => undefined;
  const lookLater = (): void => {
    if (closed) return;
    cancel = timers.set(() => {
      void look().then(lookLater);
    }, LOOK_MS);
  };
  lookLater();

  return {
    current: () => access,
    look,
    close() {
      closed = true;
      cancel();
    },
  };
}
