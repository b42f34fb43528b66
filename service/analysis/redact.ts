import type { Measurement } from '../../schemas/index.js';
import { escaped, isShort, spellingsOf } from './secret-spellings.js';

/** What stands in place of a secret, as in the reference's messages. */
export const REDACTED = '*****';

/** Characters that one of a secret may become in another spelling: an escape of JSON in JSON in JSON. */
const MAX_GROWTH = 16;

/**
 * Hides secrets in whatever is shown: as they are written, and (from four characters on) in the spellings in which
 * servers give them back, in either case. One of one to three characters is hidden only as it is written, as its other
 * spellings are in every text. An empty one hides nothing. What is looked for is compiled once for a set of secrets.
 */
export class Redactor {
  readonly #secrets: Set<string>;
  #compiled: Patterns | undefined;

  constructor(secrets: Iterable<string> = []) {
    this.#secrets = new Set();
    for (const secret of secrets) this.hide(secret);
  }

  /** Hides another secret from now on. */
  hide(secret: string): void {
    // A secret of a file often ends with a newline that is not sent.
    for (const text of [secret, secret.trim()]) if (text !== '') this.#secrets.add(text);
    this.#compiled = undefined;
  }

  /** Characters of the longest spelling of a secret; 0: nothing is hidden. */
  get longest(): number {
    let longest = 0;
    for (const { length } of this.#secrets) longest = Math.max(longest, length);
    return longest * MAX_GROWTH;
  }

  /** The text without the secrets. */
  text(text: string): string {
    if (this.#secrets.size === 0) return text;
    this.#compiled ??= compiled(this.#secrets);
    const { long, short } = this.#compiled;
    const masked = long === undefined ? text : text.replace(long, REDACTED);
    return short === undefined ? masked : masked.replace(short, REDACTED);
  }

  /** The texts without the secrets, under the same names. */
  texts(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    if (this.#secrets.size === 0) return texts;
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.text(text)]));
  }

  /**
   * The measurement without secrets in its message, value and metadata. The reference hides them in messages only: a
   * secret that a server echoes would otherwise stand in the status.
   */
  measurement(measurement: Measurement): Measurement {
    if (this.#secrets.size === 0) return measurement;
    const { message, value, metadata, ...rest } = measurement;
    return {
      ...rest,
      ...(value === undefined ? {} : { value: this.text(value) }),
      ...(message === undefined ? {} : { message: this.text(message) }),
      ...(metadata === undefined ? {} : { metadata: this.texts(metadata) }),
    };
  }
}

interface Patterns {
  readonly long: RegExp | undefined;
  readonly short: RegExp | undefined;
}

/** The longest secret first, so that no rest of one stays when another is a part of it. */
function compiled(secrets: ReadonlySet<string>): Patterns {
  const sorted = [...secrets].sort((left, right) => right.length - left.length);
  const long = sorted.filter((secret) => !isShort(secret)).flatMap(spellingsOf);
  const short = sorted.filter(isShort).map(escaped);
  return {
    long: long.length === 0 ? undefined : new RegExp(long.join('|'), 'gi'),
    // What is masked already stays one mask, even if `*` is a secret.
    short: short.length === 0 ? undefined : new RegExp([escaped(REDACTED), ...short].join('|'), 'g'),
  };
}
