import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashesIn, indexOf } from './index-file.js';

/** Memory for hashes: eight million lines. */
const MAX_BYTES = 32 * 1024 * 1024;

interface Known {
  readonly hashes: Promise<Uint32Array>;
  /** 0 until it was read. */
  bytes: number;
}

/**
 * First halves of the hashes of the ids in files with an index. A run that is to be started is looked for in every file and
 * is in none: with a file read for each, starts at one moment would keep everything else waiting that reads files or asks
 * for names of hosts.
 */
export class KnownIndexes {
  readonly #known = new Map<string, Known>();
  readonly #directory: string;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(directory: string, maxBytes = MAX_BYTES) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  /**
   * Whether the index of the file of this name may have the hash of an id: hardly ever of others, but once the memory is used
   * up always, of files that came later.
   */
  async mayHave(name: string, hash: bigint): Promise<boolean> {
    const known = this.#known.get(name) ?? this.#read(name);
    if (known === undefined) return true;
    const hashes = await known.hashes;
    const wanted = Number(hash >> 32n);
    let [low, high] = [0, hashes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((hashes[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return hashes[low] === wanted;
  }

  /** Forgets files that are not among these. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const [name, { bytes }] of this.#known) {
      if (names.has(name)) continue;
      this.#known.delete(name);
      this.#bytes -= bytes;
    }
  }

  /** An index never changes, so that it is read once; not again as long as there is no memory for it. */
  #read(name: string): Known | undefined {
    if (this.#bytes >= this.#maxBytes) return undefined;
    const known: Known = { hashes: readFile(join(this.#directory, indexOf(name))).then(hashesIn), bytes: 0 };
    this.#known.set(name, known);
    const isKnown = (): boolean => this.#known.get(name) === known;
    known.hashes.then(
      ({ byteLength }) => {
        if (!isKnown()) return;
        known.bytes = byteLength;
        this.#bytes += byteLength;
      },
      () => {
        // Whoever asked is told; the next one reads it again.
        if (isKnown()) this.#known.delete(name);
      },
    );
    return known;
  }
}
