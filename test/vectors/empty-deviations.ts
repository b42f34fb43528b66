import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { fieldOf } from './field-of.js';

const MESSAGE =
  'no condition provides for it: metric result is nil or empty: no data returned from the metric provider';
/** What the measurement shows of nothing, by provider; those that show a value with an Error keep it. */
const NOTHING: Readonly<Record<string, { readonly shown: RegExp; readonly isKept: boolean }>> = {
  graphite: { shown: /^\[\]$/, isKept: true },
  cloudwatch: { shown: /^\[(?:\[\](?: \[\])*)?\]$/, isKept: true },
  influxdb: { shown: /^\[<nil>(?: <nil>)*\]$/, isKept: false },
  skywalking: { shown: /^(?:\[\]|\{\})$/, isKept: false },
};

/** An answer with nothing in it and no condition: an Error in ours; Successful in the reference. */
export function isNothingWithoutCondition({ input, expected, actual }: Difference): boolean {
  const provider = NOTHING[String(input['group'])];
  const { value } = expected;
  return (
    provider !== undefined &&
    !fieldOf(input, 'metric', 'successCondition') &&
    !fieldOf(input, 'metric', 'failureCondition') &&
    expected['phase'] === 'Successful' &&
    typeof value === 'string' &&
    provider.shown.test(value) &&
    isDeepStrictEqual(actual, {
      ...expected,
      phase: 'Error',
      value: provider.isKept ? value : undefined,
      message: MESSAGE,
    })
  );
}
