import {
  type ConfigField,
  type ConfigKey,
  configReference,
  isObject,
  nearMiss,
  parseDocuments,
} from '../../schemas/index.js';

/** A value as it was given, and where. */
export interface RawSetting {
  readonly value: unknown;
  /** Name of the variable, flag, or file and key, for messages. */
  readonly origin: string;
}
/** The settings that were given. */
export type RawConfig = Readonly<Partial<Record<ConfigKey, RawSetting>>>;

/** What one source gave. Problems stop the start, warnings do not. */
export interface Source {
  readonly settings: RawConfig;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;
type ReadText = (path: string) => string;

const PREFIX = 'ASSAY_';
/** Names the YAML file; not a setting itself. */
const FILE_VARIABLE = 'ASSAY_CONFIG_FILE';
/** Values and names that Kubernetes puts into every pod for services called `assay` or `assay-…`. */
const SERVICE_LINK_VALUE = /^(?:tcp|udp|sctp):\/\//;
const SERVICE_LINK_NAME = /_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_|$)/;

/** Settings of the YAML file that `ASSAY_CONFIG_FILE` names, if it does. */
export function readConfigFile(env: Environment, readText: ReadText): Source {
  const path = env[FILE_VARIABLE] ?? '';
  if (path === '') return { settings: {}, problems: [], warnings: [] };
  const content = attempt(() => parseDocuments(readText(path), { source: path }));
  if ('failure' in content)
    return { settings: {}, problems: [`${FILE_VARIABLE}: ${content.failure}`], warnings: [] };
  const [document, another] = content.result;
  if (document === undefined) return { settings: {}, problems: [], warnings: [] };
  if (another !== undefined || !isObject(document.value)) {
    return { settings: {}, problems: [`${path}: must be one document with settings`], warnings: [] };
  }

  const fields = new Map<string, ConfigField>(configReference().map((field) => [field.key, field]));
  const settings: Partial<Record<ConfigKey, RawSetting>> = {};
  const problems: string[] = [];
  for (const [key, value] of Object.entries(document.value)) {
    const field = fields.get(key);
    if (field === undefined)
      problems.push(`${path}: ${key}: unknown setting${suggestion(key, fields.keys())}`);
    else if (value !== null)
      settings[field.key] = { value: fromFile(field, value), origin: `${path}: ${key}` };
  }
  return { settings, problems, warnings: [] };
}

/** Settings of the environment. Unknown variables that begin with ASSAY_ are warned of: they may be misspelt ones. */
export function readEnvironment(env: Environment, readText: ReadText): Source {
  const settings: Partial<Record<ConfigKey, RawSetting>> = {};
  const problems: string[] = [];
  const warnings: string[] = [];
  const known = new Set([FILE_VARIABLE]);
  for (const field of configReference()) {
    for (const name of field.secret
      ? field.env.flatMap((variable) => [variable, `${variable}_FILE`])
      : field.env) {
      known.add(name);
      const text = env[name] ?? '';
      if (text === '') continue;
      if (field.key === 'port' && SERVICE_LINK_VALUE.test(text)) {
        warnings.push(
          `${name}: ignored: Kubernetes sets it to ${text} for a service named assay; set enableServiceLinks: false`,
        );
        continue;
      }
      const before = settings[field.key];
      if (before !== undefined) {
        if (name.endsWith('_FILE'))
          problems.push(`${name}: ${before.origin} is set as well: set one of them`);
        continue;
      }
      if (!name.endsWith('_FILE') || field.env.includes(name)) {
        settings[field.key] = { value: fromText(field, text), origin: name };
        continue;
      }
      const content = attempt(() => readText(text).replace(/\r?\n$/, ''));
      if ('failure' in content) problems.push(`${name}: ${content.failure}`);
      else settings[field.key] = { value: content.result, origin: name };
    }
  }
  return { settings, problems, warnings: [...warnings, ...unknownVariables(env, known)] };
}

/** Settings of command line flags, by the name that the flag has: `--max-runs-per-namespace`. */
export function readFlags(flags: Readonly<Partial<Record<ConfigKey, string>>>): RawConfig {
  const settings: Partial<Record<ConfigKey, RawSetting>> = {};
  for (const field of configReference()) {
    const text = flags[field.key];
    const flag = `--${field.key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (text !== undefined) settings[field.key] = { value: fromText(field, text), origin: flag };
  }
  return settings;
}

function unknownVariables(env: Environment, known: ReadonlySet<string>): string[] {
  // Compared without the prefix that all of them have, which would make everything look alike.
  const names = [...known].filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  return Object.entries(env)
    .filter(
      ([name, value]) => name.startsWith(PREFIX) && !known.has(name) && !isServiceLink(name, value ?? ''),
    )
    .map(([name]) => `${name}: unknown variable${suggestion(name.slice(PREFIX.length), names, PREFIX)}`)
    .sort();
}

const isServiceLink = (name: string, value: string): boolean =>
  SERVICE_LINK_NAME.test(name) || SERVICE_LINK_VALUE.test(value);

function suggestion(name: string, known: Iterable<string>, prefix = ''): string {
  const meant = nearMiss(name, known);
  return meant === undefined ? '' : `: did you mean ${prefix}${meant}?`;
}

/** A text as the type of its setting; one that does not fit stays a text, for the schema to complain about. */
function fromText({ schema }: ConfigField, text: string): unknown {
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (schema.type === 'boolean') return text === 'true' || text === 'false' ? text === 'true' : text;
  return schema.type === 'array' ? items(text) : text;
}

/** In the file a list may be written as one, or with commas as in the environment. */
const fromFile = ({ schema }: ConfigField, value: unknown): unknown =>
  schema.type === 'array' && typeof value === 'string' ? items(value) : value;

const items = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Reading files fails for reasons that belong into the list of problems, not into a stack trace. */
function attempt<Result>(action: () => Result): { readonly result: Result } | { readonly failure: string } {
  try {
    return { result: action() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
