import ipaddr from 'ipaddr.js';
import type { ConfigFile, ConfigKey } from '../../schemas/index.js';

/**
 * What must hold between settings, and what a pattern can not say. `nameOf` gives the name under which a setting was
 * given; what is said of `faulty` settings elsewhere is not made the fault of others.
 */
export function configRules(
  config: ConfigFile,
  nameOf: (key: ConfigKey) => string,
  faulty: ReadonlySet<ConfigKey> = new Set(),
): string[] {
  const right = (...keys: readonly ConfigKey[]): boolean => !keys.some((key) => faulty.has(key));
  return [
    ...badCidrs(config, nameOf),
    ...badProxies(config, nameOf),
    ...(right('archiveDir', 'archiveBucket') ? twoArchives(config, nameOf) : []),
    ...(right('archiveDir') ? nothingToDelete(config, nameOf) : []),
    ...(right('role', 'redisUrl') ? lonelyRole(config, nameOf) : []),
    ...(right('redisUrl', 'redisSentinelPassword', 'redisSentinelUsername')
      ? noSentinels(config, nameOf)
      : []),
    ...(right('host', 'tokensFile', 'insecure') ? openDoor(config, nameOf) : []),
  ];
}

function badCidrs(config: ConfigFile, nameOf: (key: ConfigKey) => string): string[] {
  return (['egressDeny', 'egressAllow', 'trustedProxies'] as const).flatMap((key) =>
    (config[key] ?? [])
      .filter((range) => range !== 'public' && !ipaddr.isValidCIDR(range))
      .map((range) => `${nameOf(key)}: ${JSON.stringify(range)} is no CIDR such as 10.0.0.0/8 or fd00::/8`),
  );
}

function badProxies(config: ConfigFile, nameOf: (key: ConfigKey) => string): string[] {
  return (['httpsProxy', 'httpProxy'] as const)
    .filter((key) => {
      const text = config[key] ?? 'proxy';
      return !URL.canParse(/^https?:\/\//.test(text) ? text : `http://${text}`);
    })
    .map(
      (key) =>
        `${nameOf(key)}: must be the URL of an HTTP proxy such as http://proxy:3128 (the value is not shown)`,
    );
}

/** Two places would each have a part of the evidence when one of them is away. */
function twoArchives(
  { archiveDir, archiveBucket }: ConfigFile,
  nameOf: (key: ConfigKey) => string,
): string[] {
  if (archiveDir === undefined || archiveBucket === undefined) return [];
  return [`${nameOf('archiveBucket')}: ${nameOf('archiveDir')} is set as well: set one of them`];
}

/** A bucket deletes by rules of its own; a time that nobody keeps to would be believed. */
function nothingToDelete(
  { archiveDir, archiveMaxDays }: ConfigFile,
  nameOf: (key: ConfigKey) => string,
): string[] {
  if (archiveMaxDays === undefined || archiveDir !== undefined) return [];
  return [`${nameOf('archiveMaxDays')}: is for files, and ASSAY_ARCHIVE_DIR is not set`];
}

/** The embedded engine lives in one process, which must then do everything. */
function lonelyRole({ role, redisUrl }: ConfigFile, nameOf: (key: ConfigKey) => string): string[] {
  if (redisUrl !== undefined || (role.includes('api') && role.includes('worker'))) return [];
  return [
    `${nameOf('role')}: ${role.join(',')} alone needs ASSAY_REDIS_URL: without Redis one process is all there is`,
  ];
}

/** Credentials that nobody is shown are hardly meant so: the Sentinels would refuse, or there are none. */
function noSentinels(
  { redisUrl = '', redisSentinelPassword, redisSentinelUsername }: ConfigFile,
  nameOf: (key: ConfigKey) => string,
): string[] {
  const given = (['redisSentinelPassword', 'redisSentinelUsername'] as const).find((key) =>
    key === 'redisSentinelPassword'
      ? redisSentinelPassword !== undefined
      : redisSentinelUsername !== undefined,
  );
  if (given === undefined) return [];
  if (!/^rediss?\+sentinel:/.test(redisUrl))
    return [`${nameOf(given)}: is for Sentinels, and ASSAY_REDIS_URL is no redis+sentinel://…`];
  if (redisSentinelPassword !== undefined) return [];
  return [`${nameOf('redisSentinelUsername')}: needs ASSAY_REDIS_SENTINEL_PASSWORD as well`];
}

/** Without tokens anybody who reaches the port may start measurements. */
function openDoor({ host, tokensFile, insecure }: ConfigFile, nameOf: (key: ConfigKey) => string): string[] {
  if (host === undefined || tokensFile !== undefined || insecure || isLoopback(host)) return [];
  return [
    `${nameOf('host')}: ${host} can be reached from other machines and requests are not authenticated: set ASSAY_TOKENS_FILE, or ASSAY_INSECURE=true`,
  ];
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}
