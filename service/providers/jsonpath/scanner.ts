/** Reads a text character by character. A character is a code point, `''` is the end. */
export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** UTF-16 units read so far. */
  get position(): number {
    return this.#at;
  }

  /** The next character. */
  peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  /** Reads the next character. */
  take(): string {
    const char = this.peek();
    this.#at += char.length;
    return char;
  }

  /** Reads `text` if it comes next. */
  accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Reads up to `mark`, which stays, or to the end. */
  takeUntil(mark: string): string {
    const start = this.#at;
    const found = this.#text.indexOf(mark, start);
    this.#at = found < 0 ? this.#text.length : found;
    return this.since(start);
  }

  /** Reads while `belongs` says so; what follows an `escape` character always belongs. */
  takeWhile(belongs: (char: string) => boolean, escape?: string): string {
    const start = this.#at;
    for (let char = this.peek(); char !== '' && belongs(char); char = this.peek()) {
      this.take();
      if (char === escape) this.take();
    }
    return this.since(start);
  }

  /** The UTF-16 unit `distance` units back; 1 is the one just read. */
  before(distance: number): string | undefined {
    return this.#text[this.#at - distance];
  }

  /** What was read since a {@link position}. */
  since(start: number): string {
    return this.#text.slice(start, this.#at);
  }
}
