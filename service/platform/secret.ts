/** What every print of a {@link Secret} shows. */
export const REDACTED = '[redacted]';

/**
 * A text that must not be seen: logs, JSON, templates and the inspector of Node all print `[redacted]`.
 * `reveal()` is the one way to the text, and easy to search for.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it where it is sent, nowhere else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** `util.inspect` and `console.log` look this symbol up by name. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
