import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { fieldOf, listOf } from './field-of.js';
import { isSameBut } from './provider-deviations.js';

/** The condition's library crashes in the reference, and says so in a message; ours evaluates the condition. */
export function isCrashOfTheLibrary({ input, expected, actual, twins }: Difference): boolean {
  const crashes = (['successCondition', 'failureCondition'] as const).map((name) => {
    const condition = fieldOf(input, 'metric', name);
    return `could not evaluate ${name} "${String(condition)}": runtime error: invalid memory address or nil pointer dereference\n<stack trace>`;
  });
  return (
    expected['phase'] === 'Error' &&
    crashes.some((crash) => crash === expected['message'] && /\bfilter\(.*\)\[0\]/.test(crash)) &&
    isDeepStrictEqual(actual, twins['first']) &&
    isSameBut(expected, actual, 'phase', 'message')
  );
}

/** What CloudWatch remarks: the reference prints addresses in its memory, ours what they point to. */
export function hasReadableMessages({ input, expected, actual }: Difference): boolean {
  const messages = answered(input, 'Messages');
  const { messages: recorded, ...others } = recordIn(expected, 'metadata');
  if (messages.length === 0 || typeof recorded !== 'string' || Object.keys(others).length > 0) return false;
  const print = (part: (text: unknown) => string, end: string): string =>
    `[${messages.map((each) => `{Code:${part(fieldOf(each, 'Code'))} Value:${part(fieldOf(each, 'Value'))}${end}}`).join(' ')}]`;
  const addresses = print(
    (text) => (text === undefined ? '<nil>' : '<pointer>'),
    ' noSmithyDocumentSerde:{}',
  );
  const texts = print((text) => (typeof text === 'string' ? text : '<nil>'), '');
  return (
    recorded.replace(/0x[0-9a-f]+/g, '<pointer>') === addresses &&
    isDeepStrictEqual(fieldOf(actual, 'metadata'), { messages: texts }) &&
    isSameBut(expected, actual, 'metadata')
  );
}

/** A result without values that CloudWatch does not call complete: an Error in ours; an empty list in the reference. */
export function isUnreadResult({ input, expected, actual, twins }: Difference): boolean {
  const unread = answered(input, 'MetricDataResults').find((result) => {
    const [status, values] = [fieldOf(result, 'StatusCode'), fieldOf(result, 'Values')];
    return status !== undefined && status !== 'Complete' && (!Array.isArray(values) || values.length === 0);
  });
  const [id, status] = [fieldOf(unread, 'Id') ?? '', fieldOf(unread, 'StatusCode')];
  return (
    unread !== undefined &&
    isDeepStrictEqual(expected, twins['complete']) &&
    actual['message'] ===
      `CloudWatch gave no values for ${JSON.stringify(id)}: its StatusCode is ${JSON.stringify(status)}` &&
    isDeepStrictEqual(actual, { ...expected, phase: 'Error', value: undefined, message: actual['message'] })
  );
}

/** A list of the answer that was recorded. */
const answered = (input: Difference['input'], name: string): readonly unknown[] =>
  listOf(input, 'exchanges', 0, 'response', 'cbor', name);

function recordIn(record: Difference['expected'], field: string): Difference['expected'] {
  const value = record[field];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
