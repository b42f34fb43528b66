import { isJsonArray, type JsonValue, parseGoJson } from '../go-json.js';
import { member } from '../go-struct.js';

/** What the errors of a GraphQL answer say; there may be data beside them. */
export interface GraphqlErrors {
  /** The messages, with commas between; empty: there are none. */
  readonly text: string;
  readonly isBadKey: boolean;
  /** It may work when asked again. */
  readonly isPassing: boolean;
}

/** Classes of errors that pass. */
const PASSING: readonly unknown[] = ['TIMEOUT', 'INTERNAL_SERVER_ERROR', 'SERVER_ERROR'];

/** The errors of an answer, which need not be JSON. Fields of another kind than expected are not there. */
export function readErrors(body: string): GraphqlErrors {
  const parsed = parseGoJson(body);
  const errors = parsed.kind === 'json' ? fieldOf(parsed.value, 'errors') : undefined;
  const list = isJsonArray(errors) ? errors : [];
  const messages = list.map((error) => fieldOf(error, 'message')).filter((text) => typeof text === 'string');
  const extensions = list.map((error) => fieldOf(error, 'extensions'));
  // Deprecated fields are told of like this, beside an answer that is fine.
  const isDeprecation = messages.some((text) => text.startsWith('This field is deprecated!'));
  return {
    text: isDeprecation ? '' : messages.filter((text) => text !== '').join(', '),
    isBadKey: extensions.some((each) => fieldOf(each, 'error_code') === 'BAD_API_KEY'),
    isPassing: extensions.some((each) => PASSING.includes(fieldOf(each, 'errorClass'))),
  };
}

const fieldOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null && !isJsonArray(value) ? member(value, name) : undefined;
