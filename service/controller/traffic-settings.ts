import { isServerAddress, type SettingsReader } from './settings-reader.js';
import { type ApiVersions, GATEWAY_API } from './traffic/index.js';

/** What the routers of Rollouts are told. */
export interface TrafficSettings {
  readonly versions: ApiVersions;
  /** Addresses of traffic plugins by the names that Rollouts have for them. */
  readonly plugins: ReadonlyMap<string, string>;
}

/** Version of an API: https://kubernetes.io/docs/reference/using-api/#api-versioning. */
const VERSION = /^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$/;
const GROUP = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const TRAEFIK = { group: 'traefik.io', version: 'v1alpha1' };

/**
 * The settings of traffic. Flags and forms are those of Argo Rollouts' controller where it has them: the version of Traefik's
 * API may be written with its group.
 */
export function readTrafficSettings(reader: SettingsReader): TrafficSettings {
  const version = (flag: string, variable: string): string | undefined =>
    reader.checked(flag, variable, (text) => VERSION.test(text), 'a version such as v1 or v1alpha3');
  const istio = version('istioApiVersion', 'ASSAY_ISTIO_API_VERSION');
  const smi = version('trafficSplitApiVersion', 'ASSAY_TRAFFIC_SPLIT_API_VERSION');
  const traefik = reader
    .checked(
      ...(['traefikApiVersion', 'ASSAY_TRAEFIK_API_VERSION'] as const),
      isVersionWithGroup,
      'a version such as v1alpha1 or traefik.io/v1alpha1',
    )
    ?.split('/');
  const group = reader.checked(
    ...(['traefikApiGroup', 'ASSAY_TRAEFIK_API_GROUP'] as const),
    (text) => GROUP.test(text),
    'a group such as traefik.io or traefik.containo.us',
  );
  const traefikGroup = group ?? (traefik?.length === 2 ? traefik[0] : undefined) ?? TRAEFIK.group;
  return {
    versions: {
      ...(istio === undefined ? {} : { istio }),
      ...(smi === undefined ? {} : { smi }),
      traefik: `${traefikGroup}/${traefik?.at(-1) ?? TRAEFIK.version}`,
    },
    plugins: pluginsOf(reader),
  };
}

function isVersionWithGroup(text: string): boolean {
  const [version = '', group, ...rest] = text.split('/').toReversed();
  return VERSION.test(version) && (group === undefined || GROUP.test(group)) && rest.length === 0;
}

function pluginsOf(reader: SettingsReader): ReadonlyMap<string, string> {
  const plugins = new Map<string, string>();
  for (const { value, origin } of reader.list('trafficPlugin', 'ASSAY_TRAFFIC_PLUGINS')) {
    const [, name = '', url = ''] = /^([^=]*)=(.*)$/.exec(value) ?? [];
    const isGood = name !== '' && isServerAddress(url);
    // A user and password may stand in the address of one that is refused.
    if (!isGood)
      reader.problems.push(
        `${origin}: must be NAME=URL such as acme/mesh=http://mesh-plugin:8080, without user and query${name === '' ? '' : `; that of ${JSON.stringify(name)} is not`}`,
      );
    else if (name === GATEWAY_API)
      reader.problems.push(`${origin}: ${name} is built in: no plugin is needed for it`);
    else if (plugins.has(name)) reader.problems.push(`${origin}: ${name} is given twice`);
    else plugins.set(name, url);
  }
  return plugins;
}
