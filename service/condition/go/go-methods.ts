import type { GoMethod } from './go-method.js';
import { durationMethods } from './go-duration-methods.js';
import { nameOfInteger } from './go-print.js';
import { timeMethods } from './go-time-methods.js';
import { GoInteger, GoLocation } from './values.js';

export type { GoMethod } from './go-method.js';

/** The method of time.Time with this name. Left out are the binary encodings and `ZoneBounds`. */
export function timeMethod(name: string): GoMethod | undefined {
  return timeMethods.get(name);
}

/** The method of time.Duration with this name. */
export function durationMethod(name: string): GoMethod | undefined {
  return durationMethods.get(name);
}

/** The method of *time.Location with this name: `String`. */
export function locationMethod(name: string): GoMethod | undefined {
  return name === 'String' ? LOCATION_STRING : undefined;
}

/** The method of time.Month and time.Weekday with this name: `String`. */
export function integerMethod(name: string): GoMethod | undefined {
  return name === 'String' ? INTEGER_STRING : undefined;
}

const LOCATION_STRING: GoMethod = {
  params: [],
  result: 'string',
  call: (receiver) => (receiver instanceof GoLocation ? receiver.zone.name : ''),
};
const INTEGER_STRING: GoMethod = {
  params: [],
  result: 'string',
  call: (receiver) => (receiver instanceof GoInteger ? nameOfInteger(receiver) : ''),
};
