/** Characters from which on a secret is looked for in other spellings: those of shorter ones are in every text. */
const LEAST_RESPELLED = 4;
/** JSON in JSON in JSON: each level escapes the escapes of the one before. */
const MAX_JSON_LEVELS = 3;
/** Characters of base64 below which a piece says too little to be told from other text. */
const LEAST_BASE64 = 4;

/** Whether only the very characters of a secret are looked for. */
export const isShort = (secret: string): boolean => secret.length < LEAST_RESPELLED;

/**
 * Sources of regular expressions (flags `gi`) for the spellings in which a secret comes back from servers and libraries,
 * the longest first: as it is, in JSON (also of Go, of Python and PHP, and nested), percent-encoded as in any part of a
 * URL, in HTML, and in base64, alone or as a part such as the password of `user:password`.
 */
export function spellingsOf(secret: string): readonly string[] {
  const literal = [...new Set([secret, ...jsonSpellings(secret), ...htmlSpellings(secret)])];
  return [
    ...literal.sort((left, right) => right.length - left.length).map(escaped),
    percentSpelling(secret),
    ...base64Spellings(secret),
  ];
}

/** The text as a regular expression that matches just it. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function jsonSpellings(secret: string): readonly string[] {
  return [inJson, inGoJson, inAsciiJson, inPhpJson].flatMap((encode) => {
    const levels: string[] = [];
    let text = secret;
    for (let level = 0; level < MAX_JSON_LEVELS; level++) {
      text = encode(text);
      levels.push(text);
    }
    return levels;
  });
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const asUnit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const inGoJson = (text: string): string => inJson(text).replace(/[<>&\u2028\u2029]/g, asUnit);
const inAsciiJson = (text: string): string => inJson(text).replace(/[^ -~]/g, asUnit);
const inPhpJson = (text: string): string => inAsciiJson(text).replaceAll('/', '\\/');

function htmlSpellings(secret: string): readonly string[] {
  const markup = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    markup.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
    markup.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
  ];
}

/** Which characters are encoded depends on the place in a URL: each may be, once or twice. */
function percentSpelling(secret: string): string {
  const encoder = new TextEncoder();
  return Array.from(secret, (character) => {
    if (/[A-Za-z0-9]/.test(character)) return character;
    const bytes = Array.from(
      encoder.encode(character),
      (byte) => `%(?:25)?${byte.toString(16).padStart(2, '0')}`,
    );
    return `(?:${bytes.join('')}|${escaped(character)}${character === ' ' ? '|\\+' : ''})`;
  }).join('');
}

const OF_BASE64 = '[A-Za-z0-9+/_-]';

/**
 * The characters of base64 that the secret alone decides, wherever it stands in what was encoded, and those at its
 * edges that it decides in part.
 */
function base64Spellings(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const spellings = [0, 1, 2].flatMap((before) => {
    const bits = (before + bytes.length) * 8;
    const first = Math.ceil((before * 8) / 6);
    const inner = base64(before, bytes).slice(first, Math.floor(bits / 6));
    if (inner.length < LEAST_BASE64) return [];
    const ahead = before === 0 ? '' : OF_BASE64;
    const behind = bits % 6 === 0 ? '' : `${OF_BASE64}?`;
    const ofUrl = inner.replaceAll('+', '-').replaceAll('/', '_');
    return [inner, ofUrl].map((text) => `${ahead}${escaped(text)}${behind}={0,2}`);
  });
  return [...new Set(spellings)];
}

function base64(before: number, bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(`${'\0'.repeat(before)}${binary}`);
}
