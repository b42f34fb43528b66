import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ProviderConfig, SourcedText } from '../../../schemas/index.js';
import { isOfConnection } from '../../analysis/index.js';
import { goDurationMs } from '../../condition/index.js';
import { ConfigError } from '../../platform/index.js';
import { errorText } from '../provider-error.js';
import { readProviderFile } from './provider-file.js';
import type { NamedServer } from './server.js';

/** Configured servers by name. */
export type NamedServers = ReadonlyMap<string, NamedServer>;

/**
 * The servers of the file that `ASSAY_PROVIDERS_FILE` names. Certificates are read now, secrets when they are needed.
 * @throws ConfigError with every fault and its path: a service without a server that metrics name must not start.
 */
export function readServers(path: string): NamedServers {
  const configs = readProviderFile(path).providers ?? [];
  const servers = new Map<string, NamedServer>();
  const problems: string[] = [];
  for (const [index, config] of configs.entries()) {
    const at = `providers[${index}]`;
    const faults = servers.has(config.name)
      ? [`${at}.name: ${JSON.stringify(config.name)} is used twice`]
      : faultsOf(config, at);
    try {
      const server = openServer(config);
      if (faults.length === 0) servers.set(config.name, server);
    } catch (error) {
      faults.push(`${at}: ${errorText(error)}`);
    }
    problems.push(...faults);
  }
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${path}: ${problem}`));
  return servers;
}

function faultsOf(
  { headers = [], authentication = {}, certFile, keyFile }: ProviderConfig,
  at: string,
): string[] {
  const { basicAuth, bearer, oauth2 } = authentication;
  const sourced: (readonly [string, SourcedText | undefined])[] = [
    ...headers.map((header, index) => [`headers[${index}]`, header] as const),
    ['authentication.basicAuth.password', basicAuth?.password],
    ['authentication.bearer', bearer],
    ['authentication.oauth2.clientSecret', oauth2?.clientSecret],
  ];
  return [
    ...sourced.flatMap(([place, source]) =>
      source === undefined || hasOneSource(source)
        ? []
        : [`${at}.${place}: must have exactly one of value, file and secretKeyRef`],
    ),
    ...headers.flatMap(({ key }, index) =>
      isOfConnection(key) ? [`${at}.headers[${index}].key: ${key} is set by the client`] : [],
    ),
    ...(Object.keys(authentication).length > 1
      ? [`${at}.authentication: must be one of basicAuth, bearer and oauth2`]
      : []),
    ...((certFile === undefined) === (keyFile === undefined)
      ? []
      : [`${at}: certFile and keyFile go together`]),
  ];
}

const hasOneSource = ({ value, file, secretKeyRef }: SourcedText): boolean =>
  [value, file, secretKeyRef].filter((source) => source !== undefined).length === 1;

function openServer(config: ProviderConfig): NamedServer {
  const { caFile, certFile, keyFile, insecure, timeout } = config;
  const tls = {
    ...(insecure === true ? { insecure } : {}),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile, 'utf8') }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile, 'utf8') }),
  };
  // Throws for a certificate that can not be parsed, or a key that is not its own.
  createSecureContext(tls);
  return { config, tls, ...(timeout === undefined ? {} : { timeoutMs: goDurationMs(timeout) }) };
}
