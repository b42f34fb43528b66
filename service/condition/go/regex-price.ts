/** What compiling any pattern takes, in steps of an evaluation (some 60 ns each). */
const PATTERN_PRICE = 300;
const CHARACTER_PRICE = 12;
const INSTRUCTION_PRICE = 12;
/** A class of Unicode (`\pL`) is a table to be walked; without regard to case each of its letters is folded. */
const CLASS_PRICE = 700;
const FOLDED_CLASS_PRICE = 6_000;
/** Without regard to case each character of a range (`[Ā-ￜ]`) is folded; beyond the last letter with a case none is. */
const FOLDED_CHARACTER_PRICE = 0.45;
const LAST_FOLDED = 0x1e943;

const IGNORES_CASE = /\(\?[a-zA-Z-]*i/;
const UNICODE_CLASS = /\\[pP]|\[:/g;
const CHARACTER = String.raw`(?:\\x\{([0-9a-fA-F]{1,8})\}|\\x([0-9a-fA-F]{2})|\\?(.))`;
/** Looked for at every place, as what ends one range may begin another where it is no range. */
const RANGE = new RegExp(`(?=${CHARACTER}-${CHARACTER})`, 'gsu');

/**
 * The steps that compiling a pattern costs, found without compiling it: the program of `(x{1000}y){9}` is short to
 * write only. Never less than it takes; a pattern of which it is more than that costs little all the same.
 */
export function patternPrice(source: string): number {
  const ignoresCase = IGNORES_CASE.test(source);
  const classes = source.match(UNICODE_CLASS)?.length ?? 0;
  return Math.ceil(
    PATTERN_PRICE +
      CHARACTER_PRICE * source.length +
      INSTRUCTION_PRICE * instructions(source) +
      classes * (ignoresCase ? FOLDED_CLASS_PRICE : CLASS_PRICE) +
      (ignoresCase ? FOLDED_CHARACTER_PRICE * charactersInRanges(source) : 0),
  );
}

function charactersInRanges(source: string): number {
  let total = 0;
  for (const range of source.matchAll(RANGE)) {
    const from = codeOf(range, 1);
    const to = Math.min(codeOf(range, 4), LAST_FOLDED);
    total += Math.max(0, to - from + 1);
  }
  return total;
}

function codeOf(range: RegExpMatchArray, group: number): number {
  const digits = range[group] ?? range[group + 1];
  return digits === undefined ? (range[group + 2]?.codePointAt(0) ?? 0) : Number.parseInt(digits, 16);
}

const REPEAT = /\{(\d{1,4})(?:,(\d{0,4}))?\}/y;

/** About how many instructions the program of a pattern has: repetitions are written out in it. */
function instructions(source: string): number {
  const groups: number[] = [];
  let total = 0;
  let last = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    REPEAT.lastIndex = at;
    const repeat = character === '{' ? REPEAT.exec(source) : null;
    if (character === '(') {
      groups.push(total);
      total = 2;
    } else if (character === ')') {
      last = total;
      total += groups.pop() ?? 0;
    } else if (repeat !== null) {
      const times = Math.max(Number(repeat[1]), Number(repeat[2] ?? 0), 1);
      total += last * (times - 1) * 2;
      last *= times;
      at += repeat[0].length - 1;
    } else {
      if (character === '\\') at++;
      else if (character === '[') at = endOfClass(source, at);
      last = 1;
      total++;
    }
  }
  return groups.reduce((sum, group) => sum + group, total);
}

/** Where a class ends; a bracket right at its start is part of it. */
function endOfClass(source: string, start: number): number {
  let at = start + 1;
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at;
}
