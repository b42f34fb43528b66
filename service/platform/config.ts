import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  CONFIG_ANNOTATIONS,
  type ConfigField,
  type ConfigFile,
  type ConfigKey,
  ConfigSchema,
  configReference,
  expectation,
} from '../../schemas/index.js';
import { configRules } from './config-rules.js';
import { type RawConfig, readConfigFile, readEnvironment, readFlags } from './config-sources.js';
import { Secret } from './secret.js';

const SECRET_KEYS = [
  'redisUrl',
  'redisSentinelPassword',
  'webhookSecret',
  'httpsProxy',
  'httpProxy',
] as const;
type SecretKey = (typeof SECRET_KEYS)[number];

/** The configuration of a process: complete, checked and frozen. Durations are Go durations, as texts. */
export type Config = Omit<ConfigFile, SecretKey> & { readonly [Key in SecretKey]?: Secret };

/** The name under which a setting was given, for messages: that of its variable, flag or line of the file. */
export type NameOf = (key: ConfigKey) => string;

/** The configuration can not be used. `problems` has every reason, each with the name of the setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration can not be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Where the configuration comes from. */
export interface ConfigSources {
  /** Environment variables. Empty ones count as unset. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Command line flags by setting, which win over the environment. */
  readonly flags?: Readonly<Partial<Record<ConfigKey, string>>>;
  /**
   * Further problems of settings that are right by themselves: what they name is missing, or can not be used. Told
   * together with all others.
   */
  readonly check?: (config: Config, nameOf: NameOf) => readonly string[];
  /** Reads a file as UTF-8, and throws when it can not. Default: the file system. */
  readonly readText?: (path: string) => string;
}

/** The outcome of {@link loadConfig}. */
export interface LoadedConfig {
  readonly config: Config;
  /** What is ignored and probably not meant, to be logged at start. */
  readonly warnings: readonly string[];
}

/**
 * Loads the configuration once, at start: defaults, then the YAML file that `ASSAY_CONFIG_FILE` names, then the
 * environment, then flags.
 * @throws ConfigError with every problem at once; a bad value never becomes the default.
 */
export function loadConfig({
  env,
  flags = {},
  check = noProblems,
  readText = readUtf8,
}: ConfigSources): LoadedConfig {
  const file = readConfigFile(env, readText);
  const environment = readEnvironment(env, readText);
  const given: RawConfig = { ...file.settings, ...environment.settings, ...readFlags(flags) };
  const values = Object.fromEntries(
    configReference()
      .map(({ key, schema }) => [key, given[key] === undefined ? schema.default : given[key].value] as const)
      .filter(([, value]) => value !== undefined),
  );

  const nameOf: NameOf = (key) => given[key]?.origin ?? key;
  const problems = [...file.problems, ...environment.problems];
  const faulty = faultyFields(values);
  problems.push(...faulty.map((field) => `${nameOf(field.key)}: ${complaint(field, values[field.key])}`));
  // What else is wrong is told as well: whatever is faulty counts as not given.
  const rest: unknown = {
    ...values,
    ...Object.fromEntries(faulty.map(({ key, schema }) => [key, schema.default])),
  };
  if (!isConfigFile(rest)) throw new ConfigError(problems);
  problems.push(...configRules(rest, nameOf, new Set(faulty.map(({ key }) => key))));
  const config = withSecrets(rest);
  problems.push(...check(config, nameOf));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, warnings: [...file.warnings, ...environment.warnings] };
}

/** The settings whose values the schema does not allow. */
function faultyFields(values: unknown): readonly ConfigField[] {
  if (isConfigFile(values)) return [];
  const faulty = new Set((isConfigFile.errors ?? []).map(({ instancePath }) => instancePath.split('/')[1]));
  return configReference().filter(({ key }) => faulty.has(key));
}

const noProblems = (): readonly string[] => [];

/** The address to listen on; undefined: every address. Loopback unless requests are authenticated or need not be. */
export function listenHost({ host, tokensFile, insecure }: Config): string | undefined {
  if (host !== undefined) return host;
  return tokensFile !== undefined || insecure ? undefined : '127.0.0.1';
}

const ajv = new Ajv2020({ allErrors: true });
for (const keyword of CONFIG_ANNOTATIONS) ajv.addKeyword(keyword);
const isConfigFile = ajv.compile<ConfigFile>(ConfigSchema);

function complaint({ schema, expects, secret }: ConfigField, value: unknown): string {
  const wanted = `must be ${expects ?? expectation(schema, true)}`;
  if (secret) return `${wanted} (the value is not shown)`;
  return `${wanted}, not ${JSON.stringify(Array.isArray(value) ? value.join(',') : value)}`;
}

function withSecrets(values: ConfigFile): Config {
  const {
    redisUrl: _redis,
    redisSentinelPassword: _sentinel,
    webhookSecret: _webhook,
    httpsProxy: _https,
    httpProxy: _http,
    ...open
  } = values;
  for (const value of Object.values(open)) if (typeof value === 'object') Object.freeze(value);
  const hidden: Partial<Record<SecretKey, Secret>> = {};
  for (const key of SECRET_KEYS) {
    const text = values[key];
    if (text !== undefined) hidden[key] = new Secret(text);
  }
  return Object.freeze({ ...open, ...hidden });
}

const readUtf8 = (path: string): string => readFileSync(path, 'utf8');
