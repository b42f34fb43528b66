import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { hashOf, type Line, linesOf } from './lines.js';

/** Bytes of an entry: hash of the id, offset and length of the line. Entries are sorted by the hash. */
const ENTRY = 20;

/** The name of the index of a file. */
export const indexOf = (path: string): string => `${path}.index`;

/**
 * Writes the index of a file that nobody writes to any more. It appears at once and whole, and doing it twice, also in two
 * processes, makes the same.
 */
export async function writeIndex(path: string, onOther: (offset: number) => void): Promise<void> {
  const lines: (Line & { readonly hash: bigint })[] = [];
  const file = await open(path, 'r');
  try {
    const others = ({ offset }: Omit<Line, 'id'>): void => {
      onOther(offset);
    };
    for await (const line of linesOf(file, 0, others)) lines.push({ ...line, hash: hashOf(line.id) });
  } finally {
    await file.close();
  }
  lines.sort((one, other) => (one.hash < other.hash ? -1 : one.hash > other.hash ? 1 : 0));
  const bytes = Buffer.alloc(lines.length * ENTRY);
  for (const [place, { hash, offset, length }] of lines.entries()) {
    bytes.writeBigUInt64BE(hash, place * ENTRY);
    bytes.writeBigUInt64BE(BigInt(offset), place * ENTRY + 8);
    bytes.writeUInt32BE(length, place * ENTRY + 16);
  }
  const unfinished = `${indexOf(path)}.${process.pid}.tmp`;
  try {
    const target = await open(unfinished, 'w', 0o600);
    try {
      await target.writeFile(bytes);
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(unfinished, indexOf(path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** The first halves of the hashes in an index, in its order. */
export function hashesIn(index: Buffer): Uint32Array {
  const hashes = new Uint32Array(Math.floor(index.length / ENTRY));
  for (let place = 0; place < hashes.length; place += 1) hashes[place] = index.readUInt32BE(place * ENTRY);
  return hashes;
}

/** Places of lines whose ids have the hash of `id`, by halves: some twenty reads of a few bytes, however long the file is. */
export async function placesIn(index: FileHandle, id: string): Promise<readonly Omit<Line, 'id'>[]> {
  const wanted = hashOf(id);
  const entry = Buffer.alloc(ENTRY);
  const readEntry = async (place: number): Promise<bigint> => {
    await index.read(entry, 0, ENTRY, place * ENTRY);
    return entry.readBigUInt64BE(0);
  };
  const count = Math.floor((await index.stat()).size / ENTRY);
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await readEntry(middle)) < wanted) low = middle + 1;
    else high = middle;
  }
  const places: Omit<Line, 'id'>[] = [];
  for (let place = low; place < count && (await readEntry(place)) === wanted; place += 1)
    places.push({ offset: Number(entry.readBigUInt64BE(8)), length: entry.readUInt32BE(16) });
  return places;
}
