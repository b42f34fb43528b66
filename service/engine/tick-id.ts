import type { Tick } from './ports.js';

/**
 * The identity of a tick: two requests for the same look at a series are one. Names are escaped, so that the parts
 * can not run together and BullMQ's ban on `:` and on all-digit ids holds.
 */
export function tickId({
  run,
  incarnation,
  metric,
  seq,
  terminating,
  againAtMs,
  woken = false,
}: Tick): string {
  const id = `${escaped(run)}/${incarnation}/${escaped(metric)}/${seq}`;
  const suffix = againAtMs === undefined ? '' : `/${againAtMs}`;
  return `${id}${terminating ? '/t' : ''}${woken ? '/w' : ''}${suffix}`;
}

/** Every other character as its code; unlike encodeURIComponent this takes any text, half a surrogate pair included. */
const escaped = (text: string): string =>
  text.replace(/[^\w.~-]/g, (character) => `%${character.charCodeAt(0).toString(16)}.`);
