import type { Argument, Fault, Metric, ProviderConfigs } from '../../../schemas/index.js';
import { ownAddressFault, pluginFault, serverFault } from '../named-use.js';
import { memberPath } from './field-path.js';
import { isOpen, withKnownValues } from './known-values.js';

/** The servers and plugins of the configuration, and whose metrics want to use them. */
export interface NamedUse {
  readonly configs: ProviderConfigs;
  /** Undefined: not known, e.g. of a template for every namespace. Only the names are looked at then. */
  readonly namespace: string | undefined;
}

const SERVER = /^provider:\/\/([^/?#]*)/i;
const TOKENS = ['authentication', 'oauth2', 'tokenUrl'];
/** Where metrics name addresses. */
const ADDRESSES: readonly (readonly [keyof Metric['provider'], ...string[]])[] = [
  ['prometheus', 'address'],
  ['prometheus', ...TOKENS],
  ['web', 'url'],
  ['web', ...TOKENS],
  ['graphite', 'address'],
  ['skywalking', 'address'],
  ['kayenta', 'address'],
  ['wavefront', 'address'],
];

/** Servers and plugins that a metric names and can not use. What depends on arguments that are not known here is let be. */
export function namedFaults(
  metric: Metric,
  path: string,
  args: readonly Argument[],
  { configs, namespace }: NamedUse,
): readonly Fault[] {
  const at = memberPath(path, 'provider');
  const faults = ADDRESSES.flatMap((fields) => {
    const address = textAt(metric.provider, fields);
    const message =
      address === undefined ? undefined : addressFault(withKnownValues(address, args), configs, namespace);
    return message === undefined ? [] : [{ path: fields.reduce(memberPath, at), message }];
  });
  const plugins = Object.keys(metric.provider.plugin ?? {}).flatMap((name) => {
    const message = isOpen(name) ? undefined : pluginFault(name, configs.plugins ?? [], namespace);
    return message === undefined ? [] : [{ path: memberPath(memberPath(at, 'plugin'), name), message }];
  });
  return [...faults, ...plugins];
}

function addressFault(
  address: string,
  configs: ProviderConfigs,
  namespace: string | undefined,
): string | undefined {
  const name = SERVER.exec(address)?.[1];
  if (name !== undefined)
    return isOpen(name) ? undefined : serverFault(name, configs.providers ?? [], namespace);
  // An argument may still turn out to be a server by name.
  return address === '' || address.startsWith('{{') ? undefined : ownAddressFault(configs, namespace);
}

function textAt(value: unknown, fields: readonly string[]): string | undefined {
  let found = value;
  for (const field of fields) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, field)?.value as unknown;
  }
  return typeof found === 'string' ? found : undefined;
}
