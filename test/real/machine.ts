import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { programPath } from '../built/binaries.js';
import { cgroupHierarchies } from './cgroups.js';

/** Programs of Debian's packages (.ci/packages) that are started, or that machines have. */
const ON_PATH = ['containerd', 'ctr', 'runc', 'ip', 'mount', 'setpriv', 'unshare', 'tar'];
const SERVERS = ['redis-server', 'prometheus'];
const BUILT = ['etcd', 'kube-apiserver', 'kubelet', 'traefik', 'sample'];
const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'];
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback'];

/** Where the network plugins' library keeps what it has given to whom, wherever its callers would have it. */
export const CNI_STATE = '/var/lib/cni';

/** New namespaces for the network, mounts and processes; all of it goes with the first process there. */
export const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Folder of the network plugins of containers; undefined: they are not installed. */
export const cniFolder = (): string | undefined =>
  CNI_FOLDERS.find((folder) => CNI_PLUGINS.every((plugin) => existsSync(`${folder}/${plugin}`)));

/** Why real pods can not be run on this machine, each with what to do about it. None: they can. */
export function faultsOfMachine(): readonly string[] {
  if (process.platform !== 'linux') return [`containers need Linux, and this is ${process.platform}`];
  if (process.getuid?.() !== 0) return ['containers and network namespaces are made by root: run it as root'];
  const missing = [...ON_PATH, ...SERVERS].filter((program) => !isOnPath(program));
  const unbuilt = BUILT.filter((program) => !existsSync(programPath(program)));
  return [
    ...(missing.length === 0
      ? []
      : [`not on the PATH: ${missing.join(', ')}. On Debian or Ubuntu: bash .ci/packages`]),
    ...(cniFolder() === undefined
      ? [
          `the network plugins ${CNI_PLUGINS.join(', ')} are in none of ${CNI_FOLDERS.join(', ')}. On Debian or Ubuntu: bash .ci/packages`,
        ]
      : []),
    ...(unbuilt.length === 0 ? [] : [`not built: ${unbuilt.join(', ')}. Build them: npm run control-plane`]),
    ...(cgroupHierarchies().length === 0
      ? ['no cgroup hierarchy is mounted: mount one at /sys/fs/cgroup']
      : []),
    ...faultOfNamespaces(),
  ];
}

const isOnPath = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v -- "$0"', program], { stdio: 'ignore' }).status === 0;

function faultOfNamespaces(): readonly string[] {
  const { status, stderr } = spawnSync('unshare', [...UNSHARE, 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], {
    encoding: 'utf8',
  });
  if (status === 0) return [];
  return [
    `namespaces and mounts can not be made: ${stderr.trim() || 'unshare failed'}. Run it outside of a container`,
  ];
}
