import type { Tick } from './timetable-port.js';

/**
 * The identity of a tick: two requests for the same look at a series are one. Names are escaped, so that the parts
 * can not run together and BullMQ's ban on `:` and on all-digit ids holds.
 */
export function tickId(tick: Tick): string {
  const { againAtMs, woken = false } = tick;
  const suffix = againAtMs === undefined ? '' : `/${againAtMs}`;
  return `${lookId(tick)}${woken ? '/w' : ''}${suffix}`;
}

/** What a tick is for, whenever and why ever it comes: ticks that have this in common do the same. */
export function lookId({ run, incarnation, metric, seq, terminating }: Tick): string {
  const id = `${escaped(run)}/${incarnation}/${escaped(metric)}/${seq}`;
  return `${id}${terminating ? '/t' : ''}`;
}

/** Every other character as its code; unlike encodeURIComponent this takes any text, half a surrogate pair included. */
const escaped = (text: string): string =>
  text.replace(/[^\w.~-]/g, (character) => `%${character.charCodeAt(0).toString(16)}.`);
