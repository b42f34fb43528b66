import { isList, isObject } from '../../../../schemas/index.js';
import { FIELDS } from './fields.js';
import { canonicalQuantity } from './quantity.js';

interface Field {
  readonly name: string;
  readonly type: string;
  /** Left out when it is empty. */
  readonly omitEmpty: boolean;
}

type Types = ReadonlyMap<string, readonly Field[]>;

/** The types of pod templates by their names. */
export const TYPES = readTypes(FIELDS);

function readTypes(lines: string): Types {
  return new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => {
        const [type = '', ...fields] = line.split(' ');
        return [type, fields.map(readField)];
      }),
  );
}

function readField(text: string): Field {
  const end = text.indexOf(':');
  const name = text.slice(0, end);
  return { name: name.replace(/\?+$/, ''), type: text.slice(end + 1), omitEmpty: name.endsWith('?') };
}

/** The JSON that Go writes of a pod template: its fields in Go's order, defaults of Go's for what is not there. */
export const goJsonOfPodTemplate = (template: unknown): string => write(template, '@PodTemplateSpec', TYPES);

/** The JSON that Go writes of a value of a type; `fields` are types beyond those of pod templates, in their notation. */
export const goJsonOf = (value: unknown, type: string, fields: string): string =>
  write(value, type, new Map([...TYPES, ...readTypes(fields)]));

function write(value: unknown, type: string, types: Types): string {
  if (type.startsWith('*'))
    return value === undefined || value === null ? 'null' : write(value, type.slice(1), types);
  if (type.startsWith('[]'))
    return isList(value) ? `[${value.map((item) => write(item, type.slice(2), types)).join(',')}]` : 'null';
  if (type.startsWith('{}')) return isObject(value) ? writeMap(value, type.slice(2), types) : 'null';
  if (type.startsWith('@')) return writeStruct(isObject(value) ? value : {}, type.slice(1), types);
  return writeScalar(value, type);
}

function writeStruct(value: Readonly<Record<string, unknown>>, type: string, types: Types): string {
  const fields = (types.get(type) ?? []).flatMap(({ name, type: of, omitEmpty }) => {
    const field = value[name];
    return omitEmpty && isEmpty(field, of) ? [] : [`${goString(name)}:${write(field, of, types)}`];
  });
  return `{${fields.join(',')}}`;
}

/** As Go's `omitempty` sees it: a struct never is, a pointer only when it leads nowhere. */
function isEmpty(value: unknown, type: string): boolean {
  if (value === undefined || value === null)
    return !type.startsWith('@') && type !== 'IntOrString' && type !== 'Quantity';
  if (type.startsWith('*')) return false;
  if (isList(value)) return value.length === 0;
  if (isObject(value)) return type.startsWith('{}') && Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false;
}

/** Go sorts keys by their bytes. */
function writeMap(value: Readonly<Record<string, unknown>>, type: string, types: Types): string {
  const keys = Object.keys(value).sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  return `{${keys.map((key) => `${goString(key)}:${write(value[key], type, types)}`).join(',')}}`;
}

function writeScalar(value: unknown, type: string): string {
  switch (type) {
    case 'string':
      return goString(typeof value === 'string' ? value : '');
    case 'bool':
      return String(value === true);
    case 'int':
      return String(typeof value === 'number' ? Math.trunc(value) : 0);
    case 'Quantity':
      return goString(quantityOf(value));
    case 'IntOrString':
      return typeof value === 'string' ? goString(value) : String(typeof value === 'number' ? value : 0);
    case 'Time':
      return typeof value === 'string' && value !== '' ? goString(inSeconds(value)) : 'null';
    default:
      // FieldsV1 and other JSON, as it is.
      return JSON.stringify(value ?? null);
  }
}

function quantityOf(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text === '') return '0';
  return canonicalQuantity(text) ?? text;
}

const inSeconds = (text: string): string => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
};

/** A text as Go's encoder escapes it, HTML's signs and JavaScript's line ends too. */
const goString = (text: string): string =>
  JSON.stringify(text.replace(/[\ud800-\udfff]/gu, '\ufffd')).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
