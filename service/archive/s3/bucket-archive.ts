import type { ArchivedRun } from '../../../schemas/index.js';
import type { RunArchive } from '../../engine/index.js';
import type { Log } from '../../platform/index.js';
import { type Damage, damaged, tellOnce } from '../damage.js';
import { readEntry } from '../read-entry.js';
import { redactRun } from '../redact-run.js';
import { type BucketClientOptions, createBucketClient } from './bucket-client.js';

/** What {@link createBucketArchive} needs. */
export interface BucketArchiveOptions extends BucketClientOptions {
  /** First part of every key, with a `/` at its end, or empty. */
  readonly prefix: string;
  readonly log: Log;
}

/** Objects of the newest run that are read, the last one first, until one is not damaged. */
const MAX_READ = 5;
const CREATED_DIGITS = 15;
const VERSION_DIGITS = 8;
const KEY = /\/(\d{15})-([\w-]+)-(\d{8})\.json$/;
const FORGOTTEN = /\/forgotten-([\w-]+)$/;

/**
 * An archive in a bucket: an object for each run that is kept, below its id, so that a run is found with one list of a few
 * keys. Objects are never changed: what is kept again has another key, and a run that is forgotten gets a mark beside it,
 * so that buckets whose objects can not be overwritten do as well.
 */
export function createBucketArchive(options: BucketArchiveOptions): RunArchive {
  const bucket = createBucketClient(options);
  const onDamage = tellOnce(options.log, 'what the archive kept of a run is damaged');
  const folderOf = (id: string): string => `${options.prefix}runs/${keyPart(id)}/`;
  const keyOf = ({ id, createdAtMs, incarnation, version }: ArchivedRun): string => {
    const created = String(Math.trunc(createdAtMs)).padStart(CREATED_DIGITS, '0');
    return `${folderOf(id)}${created}-${incarnation}-${String(version).padStart(VERSION_DIGITS, '0')}.json`;
  };
  return {
    async keep(run) {
      await bucket.put(keyOf(run), JSON.stringify(redactRun(run)));
    },
    async forget(id, incarnation) {
      await bucket.put(`${folderOf(id)}forgotten-${incarnation}`, '');
    },
    async find(id) {
      const keys = await bucket.list(folderOf(id));
      const forgotten = new Set(keys.map((key) => FORGOTTEN.exec(key)?.[1]));
      const kept = keys.filter((key) => KEY.test(key) && !forgotten.has(incarnationOf(key)));
      // Not those of a run that had the id before: its verdict is no answer when the newest one is damaged.
      const newest = incarnationOf(kept.at(-1));
      const objects = kept.filter((key) => incarnationOf(key) === newest);
      const damages: Damage[] = [];
      for (const key of objects.slice(-MAX_READ).reverse()) {
        const entry = readEntry(await bucket.get(key));
        if (entry !== undefined && 'run' in entry && entry.id === id) return entry;
        const damage = { path: `bucket ${options.bucket}/${key}` };
        damages.push(damage);
        onDamage(damage);
      }
      if (damages.length > 0) throw damaged(id, damages);
      return undefined;
    },
    close: () => Promise.resolve(),
  };
}

/** Which run an object is of. */
const incarnationOf = (key: string | undefined): string | undefined => KEY.exec(key ?? '')?.[2];

/** An id as a part of a key: bytes of other characters than these are written as `_` and two digits, as servers differ in what they sign. */
const keyPart = (id: string): string =>
  id.replace(/[^A-Za-z0-9.-]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''),
  );
