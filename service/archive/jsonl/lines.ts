import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** A line of a file: where it begins, its bytes without the line break, and the id that it begins with. */
export interface Line {
  readonly offset: number;
  readonly length: number;
  readonly id: string;
}

/** Bytes that are read at once. */
const CHUNK = 1024 * 1024;
const LINE_BREAK = 0x0a;
/** Every line begins with the id, so that nobody has to parse megabytes to find a run. */
const ID = /^\{"id":("(?:[^"\\]|\\.)*")/;
/** Bytes of a line that are looked at for its id: ids have at most 128 characters, each of at most six bytes. */
const ID_BYTES = 1_024;

/**
 * The whole lines of a file from a byte on. What stands behind the last line break is left out: it is still being written,
 * or was when its process ended. So is a line that begins with no id, which `onOther` is told of by its place.
 */
export async function* linesOf(
  file: FileHandle,
  from: number,
  onOther: (line: Omit<Line, 'id'>) => void,
): AsyncGenerator<Line> {
  let offset = from;
  let rest = Buffer.alloc(0);
  for (;;) {
    const buffer = Buffer.alloc(CHUNK);
    const { bytesRead } = await file.read(buffer, 0, CHUNK, offset + rest.length);
    if (bytesRead === 0) return;
    const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let begin = 0;
    for (let end = text.indexOf(LINE_BREAK, rest.length); end !== -1; end = text.indexOf(LINE_BREAK, begin)) {
      const id = idOf(text.subarray(begin, Math.min(end, begin + ID_BYTES)));
      if (id === undefined) onOther({ offset: offset + begin, length: end - begin });
      else yield { offset: offset + begin, length: end - begin, id };
      begin = end + 1;
    }
    offset += begin;
    rest = text.subarray(begin);
  }
}

function idOf(bytes: Buffer): string | undefined {
  const text = ID.exec(bytes.toString())?.[1];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    // A damaged byte: this line is none of a run, and the others hold all the same.
    return undefined;
  }
}

/** The text of a line. */
export async function readLine(file: FileHandle, { offset, length }: Omit<Line, 'id'>): Promise<string> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    done += bytesRead;
  }
  return buffer.toString();
}

/** What an id is sorted by in an index: eight bytes, the same everywhere. Ids that are alike in them are told apart by the line. */
export const hashOf = (id: string): bigint => createHash('sha256').update(id).digest().readBigUInt64BE();
