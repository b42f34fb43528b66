import { nearMiss, type ProviderConfigs } from '../../schemas/index.js';

/** A server or plugin of the configuration, as far as it matters who may use it. */
export interface NamedThing {
  readonly name: string;
  /** Namespaces of runs: names, beginnings with a `*` behind, `*` for all. Absent: all. */
  readonly namespaces?: readonly string[];
}

/** Whether a list of namespaces has this one. */
export function includesNamespace(namespaces: readonly string[], namespace: string): boolean {
  return namespaces.some((each) =>
    each.endsWith('*') ? namespace.startsWith(each.slice(0, -1)) : namespace === each,
  );
}

/** Whether runs of the namespace may use it. Undefined: the namespace is not known, and nothing is held against it. */
export function mayUse({ namespaces }: NamedThing, namespace: string | undefined): boolean {
  return namespaces === undefined || namespace === undefined || includesNamespace(namespaces, namespace);
}

/** What is wrong with `provider://NAME` in a metric of the namespace; undefined: nothing. */
export function serverFault(
  name: string,
  servers: readonly NamedThing[],
  namespace: string | undefined,
): string | undefined {
  const found = servers.find((server) => server.name === name);
  if (found === undefined) {
    const meant = nearMiss(name, namesFor(servers, namespace));
    return `no provider configuration is named ${JSON.stringify(name)}${meant === undefined ? '' : `: did you mean provider://${meant}?`}`;
  }
  return mayUse(found, namespace)
    ? undefined
    : `the server ${JSON.stringify(name)} may not be used in the namespace ${JSON.stringify(namespace)}: its configuration does not list it under namespaces`;
}

/** What is wrong with `provider.plugin.NAME` in a metric of the namespace; undefined: nothing. */
export function pluginFault(
  name: string,
  plugins: readonly NamedThing[],
  namespace: string | undefined,
): string | undefined {
  const found = plugins.find((plugin) => plugin.name === name);
  if (found === undefined) {
    const meant = nearMiss(name, namesFor(plugins, namespace));
    return `no plugin is named ${JSON.stringify(name)} in the file of ASSAY_PROVIDERS_FILE${meant === undefined ? '' : `: did you mean ${meant}?`}`;
  }
  return mayUse(found, namespace)
    ? undefined
    : `the plugin ${JSON.stringify(name)} may not be used in the namespace ${JSON.stringify(namespace)}: its configuration does not list it under namespaces`;
}

/** What is wrong with an address that a metric of the namespace names itself; undefined: nothing. */
export function ownAddressFault(
  { namedServersOnly = [] }: Pick<ProviderConfigs, 'namedServersOnly'>,
  namespace: string | undefined,
): string | undefined {
  return namespace !== undefined && includesNamespace(namedServersOnly, namespace)
    ? `metrics of the namespace ${JSON.stringify(namespace)} may use servers by name only: write provider://NAME in place of an address`
    : undefined;
}

/** Those that the namespace may use: others are nobody's to hear of. */
const namesFor = (things: readonly NamedThing[], namespace: string | undefined): readonly string[] =>
  things.filter((thing) => mayUse(thing, namespace)).map(({ name }) => name);
