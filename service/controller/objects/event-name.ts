import { createHash } from 'node:crypto';

/** The API server takes no longer names. */
const MAX_NAME = 253;
const DIGEST = 16;
const INDEX_DIGITS = 4;
/** Hex digits of a version: that of etcd is a number of 63 bits. */
const VERSION_DIGITS = 16;

/** An event that comes after all others of its state. */
export const LAST_INDEX = 16 ** INDEX_DIGITS - 1;

/**
 * The name of an event. Times of events are whole seconds, and whoever sorts by them shows those of one second by their names:
 * so a name has, before what makes it the only one, its place among the events of the object, in hex digits as many as any
 * place has. The same place and content make the same name, whoever records the event and how often.
 * @param place of {@link placeOf}, or the index alone for an object whose events are told once.
 * @param content as JSON, what tells the event from others.
 */
export function eventName(name: string, place: string, content: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, DIGEST);
  const end = `.${place}.${digest}`;
  // A part of a name ends with a letter or a digit.
  return `${name.slice(0, MAX_NAME - end.length).replace(/[-.]+$/, '')}${end}`;
}

/** An index among events of the same state. */
export const indexPlace = (index: number): string =>
  Math.min(index, LAST_INDEX).toString(16).padStart(INDEX_DIGITS, '0');

/** The place of an event that tells of a state of an object, by its version; one that is no number goes before all. */
export function placeOf(resourceVersion: string | undefined, index: number): string {
  const version = /^\d+$/.test(resourceVersion ?? '') ? BigInt(resourceVersion ?? 0) : 0n;
  return `${version.toString(16).padStart(VERSION_DIGITS, '0')}${indexPlace(index)}`;
}

/** Has what is told of a state numbered, in its order. */
export function inOrder<Event>(tell: (event: Event, index: number) => void): (event: Event) => void {
  let told = 0;
  return (event) => {
    tell(event, told++);
  };
}
