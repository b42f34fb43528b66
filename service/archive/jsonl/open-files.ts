import { open } from 'node:fs/promises';
import { type Line, linesOf } from './lines.js';

interface Known {
  /** Up to where the file was read. */
  end: number;
  readonly places: Map<string, Omit<Line, 'id'>[]>;
}

/**
 * What stands in files that are still written to, by this process or others: read on from where it was read to the last
 * time. There is one for each process, of a bounded size, so the ids in them fit into memory.
 */
export class OpenFiles {
  readonly #known = new Map<string, Known>();
  readonly #onOther: (path: string, offset: number) => void;

  constructor(onOther: (path: string, offset: number) => void) {
    this.#onOther = onOther;
  }

  /** Places of the lines of an id in a file. */
  async places(path: string, id: string): Promise<readonly Omit<Line, 'id'>[]> {
    const known = this.#known.get(path) ?? { end: 0, places: new Map<string, Omit<Line, 'id'>[]>() };
    this.#known.set(path, known);
    const file = await open(path, 'r');
    try {
      const lines = linesOf(file, known.end, ({ offset, length }) => {
        // It is read as well: the last line of a file, say, that stays so.
        known.end = Math.max(known.end, offset + length + 1);
        this.#onOther(path, offset);
      });
      for await (const line of lines) {
        // Somebody else may have read the same lines meanwhile.
        if (line.offset < known.end) continue;
        known.end = line.offset + line.length + 1;
        const { offset, length } = line;
        const before = known.places.get(line.id);
        if (before === undefined) known.places.set(line.id, [{ offset, length }]);
        else before.push({ offset, length });
      }
    } finally {
      await file.close();
    }
    return known.places.get(id) ?? [];
  }

  /** Forgets files that are not among these: they have got an index, or are gone. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
  }
}
