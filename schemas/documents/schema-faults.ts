import type { ErrorObject } from 'ajv';
import type { Fault } from '../problem.js';
import { isList, isObject, type JsonSchema, likelyBranch } from './json-schema.js';
import { formatPath, type Path } from './path.js';

/** Raw errors that are looked at for each fault that is listed: an alternative that does not fit brings several. */
const RAW_ERRORS_PER_FAULT = 10;

/**
 * The validator's errors in users' words, at most `limit` and a note of the rest. Of an `anyOf` only the alternative
 * that was meant is spoken of. Values are not repeated, but for those of closed lists: they may be secrets.
 */
export function schemaFaults(errors: readonly ErrorObject[], document: unknown, limit: number): Fault[] {
  const looked = errors.slice(0, limit * RAW_ERRORS_PER_FAULT);
  const alternatives = looked.filter((error) => error.keyword === 'anyOf');
  const spoken = looked.filter((error) => !alternatives.some((anyOf) => isHiddenBy(error, anyOf)));
  const faults = new Map<string, Fault>();
  for (const error of spoken) {
    const fault = { path: formatPath(pathOf(error, document)), message: messageOf(error) };
    faults.set(`${fault.path}: ${fault.message}`, fault);
  }
  const listed = [...faults.values()].slice(0, limit);
  const more = faults.size - listed.length + errors.length - looked.length;
  return more === 0 ? listed : [...listed, { path: '', message: `${more} more errors` }];
}

/** Errors of an alternative that was not meant, and the `anyOf` itself where one was. */
function isHiddenBy(error: ErrorObject, anyOf: ErrorObject): boolean {
  const branches = branchesOf(anyOf);
  const branch = isScalarChoice(branches) ? undefined : (likelyBranch(branches, anyOf.data) ?? 0);
  if (error === anyOf) return branch !== undefined;
  const inside =
    isUnder(error.instancePath, anyOf.instancePath) && error.schemaPath.startsWith(`${anyOf.schemaPath}/`);
  return inside && (branch === undefined || !error.schemaPath.startsWith(`${anyOf.schemaPath}/${branch}/`));
}

const isUnder = (path: string, ancestor: string): boolean =>
  path === ancestor || path.startsWith(`${ancestor}/`);

const isScalarChoice = (branches: readonly JsonSchema[]): boolean =>
  branches.every(({ type }) => type !== 'object' && type !== 'array');

function branchesOf(anyOf: ErrorObject): readonly JsonSchema[] {
  const branches: unknown = anyOf.schema;
  return isList(branches) ? branches.filter(isObject) : [];
}

function messageOf(error: ErrorObject): string {
  const schema: JsonSchema = isObject(error.parentSchema) ? error.parentSchema : {};
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'const':
    case 'enum':
    case 'pattern':
      return `must be ${expectation(schema, false)}, not ${shown(error.data)}`;
    case 'minLength':
      return 'must not be empty';
    default:
      return `must be ${expectation(schema, Number.isInteger(error.data))}, not ${typeWord(error.data)}${quoteHint(schema, error.data)}`;
  }
}

/** What a schema asks for, as it stands after "must be". The range of whole numbers is told where it is of use. */
export function expectation(schema: JsonSchema, withRange: boolean): string {
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((branch) => expectation(branch, withRange)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return `one of ${schema.enum.map((word) => JSON.stringify(word)).join(', ')}`;
  switch (schema.type) {
    case 'integer':
      return withRange && schema.minimum !== undefined && schema.maximum !== undefined
        ? `a whole number from ${schema.minimum} to ${schema.maximum}`
        : 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    default:
      return schema.pattern === undefined ? 'a string' : `a string like ${schema.pattern}`;
  }
}

function typeWord(value: unknown): string {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? `the number ${value}` : 'a number with a fraction';
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** YAML reads `5`, `yes` and `on` as a number and as true; where a string is wanted, quotes are the remedy. */
function quoteHint(schema: JsonSchema, value: unknown): string {
  const wantsString = schema.type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return wantsString ? ': put it in quotes' : '';
}

/** A value of a closed list, cut short. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return typeWord(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** Where an error is, from the validator's JSON pointer. Numbers are indexes only where the document has a list. */
function pathOf(error: ErrorObject, document: unknown): Path {
  const path: (string | number)[] = [];
  let value = document;
  for (const token of error.instancePath.split('/').slice(1)) {
    const step = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isList(value)) {
      path.push(Number(step));
      value = value[Number(step)];
    } else {
      path.push(step);
      value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    }
  }
  const missing: unknown = error.keyword === 'required' ? error.params['missingProperty'] : undefined;
  return typeof missing === 'string' ? [...path, missing] : path;
}
