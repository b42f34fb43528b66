import { DEFAULT_LIMITS, type LimitsPolicy } from '../http/resilience/limits.js';
import type { NamedServers } from './read-servers.js';

/** The limits that configurations set for their servers; of several for one server the strictest. Others: the defaults. */
export function limitsOf(servers: NamedServers): LimitsPolicy {
  return (origin) => {
    const configs = [...servers.values()]
      .map(({ config }) => config)
      .filter(({ address }) => new URL(address).origin === origin);
    const least = (values: readonly (number | undefined)[]): number | undefined => {
      const given = values.filter((value) => value !== undefined);
      return given.length === 0 ? undefined : Math.min(...given);
    };
    const requestsPerSecond = least(configs.map((config) => config.requestsPerSecond));
    return {
      ...DEFAULT_LIMITS,
      concurrency: least(configs.map((config) => config.concurrency)) ?? DEFAULT_LIMITS.concurrency,
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    };
  };
}
