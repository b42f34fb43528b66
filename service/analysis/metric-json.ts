import { isObject, type Metric, MetricSchema } from '../../schemas/index.js';

/** The parts of a JSON Schema that tell how Go orders the keys of an object. */
interface KeyOrder {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly additionalProperties?: unknown;
}

/** The order in which Go writes a metric; it differs from the schema's, where a later field stands with its kind. */
const METRIC_FIELDS = [
  'name',
  'interval',
  'initialDelay',
  'count',
  'successCondition',
  'failureCondition',
  'failureLimit',
  'inconclusiveLimit',
  'consecutiveErrorLimit',
  'provider',
  'consecutiveSuccessLimit',
];

/**
 * The JSON of a metric as Go's encoder writes it: struct fields in their order, maps by key, and `<`, `>`, `&`, U+2028
 * and U+2029 escaped. The order decides which of several unresolved tags is reported; the escapes show in its text.
 */
export function metricJson(metric: Metric): string {
  const ordered = inGoOrder(metric, MetricSchema, METRIC_FIELDS);
  return JSON.stringify(ordered).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function inGoOrder(value: unknown, rawSchema: unknown, fields?: readonly string[]): unknown {
  const schema: KeyOrder | undefined = isObject(rawSchema) ? rawSchema : undefined;
  if (Array.isArray(value)) return value.map((item: unknown) => inGoOrder(item, schema?.items));
  if (!isObject(value)) return value;
  const ordered: Record<string, unknown> = {};
  for (const key of keyOrder(Object.keys(value), schema, fields)) {
    const member = value[key];
    if (member !== undefined) define(ordered, key, inGoOrder(member, schema?.properties?.[key]));
  }
  return ordered;
}

function keyOrder(
  keys: readonly string[],
  schema: KeyOrder | undefined,
  fields: readonly string[] | undefined,
): readonly string[] {
  const known = fields ?? (isObject(schema?.properties) ? Object.keys(schema.properties) : undefined);
  if (known !== undefined) {
    return [...known.filter((key) => keys.includes(key)), ...keys.filter((key) => !known.includes(key))];
  }
  // A map of texts is a Go map, written by key; any other object without a schema is raw JSON, kept as it stands.
  return isObject(schema?.additionalProperties) ? [...keys].sort(byCodePoint) : keys;
}

function byCodePoint(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Sets an own member whatever its name is: `__proto__` too may be a key of somebody's JSON. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
