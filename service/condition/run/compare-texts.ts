import { utf8Compare } from '../go/utf8.js';
import type { Metered } from './budget.js';

/** Characters that the engine compares for equality in the time of one step. */
const SAME_A_STEP = 512;
/** Characters compared at once, in the time of one step, while looking for the first that differ. */
const CHUNK = 64;
/** Characters that are compared one by one in the time of one step. */
const ORDERED_A_STEP = 16;

/** `==` of two texts. Throws `ConditionError` (budget) when too much text is compared; short ones cost nothing. */
export function sameText(left: string, right: string, meter: Metered): boolean {
  if (left.length !== right.length) return false;
  if (left.length >= SAME_A_STEP) meter.budget.step(Math.ceil(left.length / SAME_A_STEP));
  return left === right;
}

/**
 * Compares as Go does, byte by byte: negative, zero or positive. What counts is how far the texts have to be read:
 * long ones that differ early cost as little as short ones. Throws `ConditionError` (budget) when that is too far.
 */
export function compareTexts(left: string, right: string, meter: Metered): number {
  const shorter = Math.min(left.length, right.length);
  if (shorter <= ORDERED_A_STEP) return utf8Compare(left, right);
  meter.budget.step(Math.min(shorter, CHUNK) / ORDERED_A_STEP);
  if (shorter <= CHUNK) return utf8Compare(left, right);
  let at = 0;
  while (at < shorter && left.slice(at, at + CHUNK) === right.slice(at, at + CHUNK)) {
    meter.budget.step();
    at += CHUNK;
  }
  // A character may consist of two units: the one before is looked at too.
  const from = Math.max(0, at - 1);
  return utf8Compare(left.slice(from, at + CHUNK + 1), right.slice(from, at + CHUNK + 1));
}
