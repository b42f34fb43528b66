import { formatGoDuration } from './go-duration.js';
import type { GoMethod } from './go-method.js';
import { durationArgument } from './method-arguments.js';
import { GoDuration, GoInteger } from './values.js';

const MAX = (1n << 63n) - 1n;
const MIN = -(1n << 63n);

/** Keeps a span within 64 bits, as Go does where it saturates. */
export function saturated(ns: bigint): bigint {
  return ns > MAX ? MAX : ns < MIN ? MIN : ns;
}

function method(
  params: readonly string[],
  result: string,
  call: (ns: bigint, args: readonly unknown[]) => unknown,
): GoMethod {
  return { params, result, call: (receiver, args) => call(durationArgument(receiver).ns, args) };
}

/** Whole units and the rest apart, so that large spans keep their fraction as in Go. */
function inUnits(ns: bigint, unit: bigint): number {
  return Number(ns / unit) + Number(ns % unit) / Number(unit);
}

const int64 = (value: bigint): GoInteger => new GoInteger('int64', value);

/** Half away from zero; steps of zero or less leave the span as it is. */
function round(ns: bigint, step: bigint): bigint {
  if (step <= 0n) return ns;
  const rest = ns % step;
  if (ns < 0n) return saturated(-rest * 2n < step ? ns - rest : ns - rest - step);
  return saturated(rest * 2n < step ? ns - rest : ns - rest + step);
}

/** Methods of time.Duration by name. */
export const durationMethods: ReadonlyMap<string, GoMethod> = new Map([
  ['Abs', method([], 'time.Duration', (ns) => new GoDuration(saturated(ns < 0n ? -ns : ns)))],
  ['Hours', method([], 'float64', (ns) => inUnits(ns, 3_600_000_000_000n))],
  ['Minutes', method([], 'float64', (ns) => inUnits(ns, 60_000_000_000n))],
  ['Seconds', method([], 'float64', (ns) => inUnits(ns, 1_000_000_000n))],
  ['Milliseconds', method([], 'int64', (ns) => int64(ns / 1_000_000n))],
  ['Microseconds', method([], 'int64', (ns) => int64(ns / 1_000n))],
  ['Nanoseconds', method([], 'int64', (ns) => int64(ns))],
  ['String', method([], 'string', (ns) => formatGoDuration(ns))],
  [
    'Round',
    method(
      ['time.Duration'],
      'time.Duration',
      (ns, [step]) => new GoDuration(round(ns, durationArgument(step).ns)),
    ),
  ],
  [
    'Truncate',
    method(['time.Duration'], 'time.Duration', (ns, [step]) => {
      const size = durationArgument(step).ns;
      return new GoDuration(size <= 0n ? ns : ns - (ns % size));
    }),
  ],
]);
