import { GoError, parseGoFloat, parseGoInt } from '../../condition/index.js';
import { isJsonArray, type JsonValue, MAX_JSON_DEPTH, parseGoJson } from '../go-json.js';
import { printGo } from '../go-print.js';
import { ProviderError } from '../provider-error.js';

/** Characters of a value that messages show. */
const MAX_SHOWN = 4_096;

/**
 * The points of the first series of a render answer, null where Graphite has no value; empty when there is no series.
 * Every point of every series must be readable: `[value, timestamp]`, each a number, null, or a number as text.
 * @throws ProviderError (`badResponse`)
 */
export function readDatapoints(text: string): readonly (number | null)[] {
  const parsed = parseGoJson(text);
  if (parsed.kind === 'notJson') throw malformed('the answer is not JSON');
  if (parsed.kind === 'tooDeep')
    throw malformed(`the answer is nested more than ${MAX_JSON_DEPTH} levels deep`);
  if (parsed.value === null) return [];
  if (!isJsonArray(parsed.value)) throw malformed('the answer is not a list of series');
  const [first = []] = parsed.value.map(pointsOf);
  return first;
}

function pointsOf(series: JsonValue): readonly (number | null)[] {
  if (series === null) return [];
  if (typeof series !== 'object' || isJsonArray(series)) throw malformed('a series is not an object');
  const target = member(series, 'target');
  if (target !== undefined && target !== null && typeof target !== 'string')
    throw malformed('the target of a series is not a text');
  const points = member(series, 'datapoints');
  if (points === undefined || points === null) return [];
  if (!isJsonArray(points)) throw malformed('the datapoints of a series are not a list');
  return points.map(valueOf);
}

/** Go reads the names of members in any letter case; of several the last counts. */
function member(series: { readonly [key: string]: JsonValue }, name: string): JsonValue | undefined {
  return Object.entries(series).findLast(([key]) => key.toLowerCase() === name)?.[1];
}

function valueOf(point: JsonValue): number | null {
  if (point !== null && !isJsonArray(point)) throw malformed('a datapoint is not [value, timestamp]');
  const [value, time, ...rest] = point ?? [];
  if (value === undefined || time === undefined || rest.length > 0)
    throw malformed(`error unmarshaling data point: ${shown(point ?? [])}`);
  const read = numberOf(value);
  if (typeof time === 'string') number(() => parseGoInt(time));
  else if (time !== null && typeof time !== 'number')
    // As the reference has it, with the value.
    throw malformed(`error unmarshaling timestamp: ${shown(value)}`);
  return read;
}

function numberOf(value: JsonValue): number | null {
  if (value === null || typeof value === 'number') return value;
  if (typeof value === 'string') return number(() => parseGoFloat(value));
  throw malformed(`error unmarshaling value: ${shown(value)}`);
}

function number<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw new ProviderError('badResponse', error.message.slice(0, MAX_SHOWN), { cause: error });
  }
}

const shown = (value: JsonValue): string => printGo(value, MAX_SHOWN).slice(0, MAX_SHOWN);

const malformed = (what: string): ProviderError => new ProviderError('badResponse', what);
