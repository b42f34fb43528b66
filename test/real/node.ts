import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../built/binaries.js';
import type { ControlPlane } from '../cluster/control-plane/control-plane.js';
import { eventually } from '../support/eventually.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { SANDBOX } from './images.js';
import { CNI_STATE } from './machine.js';

/** Where a node keeps its things. */
export interface NodeOptions {
  /** Folder of its own. */
  readonly folder: string;
  /** Control group that those of the pods are made in. */
  readonly cgroup: string;
  /** Folder of the network plugins. */
  readonly cni: string;
  /** Archive of all images that there will be: there is no registry. */
  readonly images: string;
}

const SOCKET = '/run/containerd/containerd.sock';
const BRIDGE = 'cni0';
const GATEWAY = '10.88.0.1';
const SUBNET = '10.88.0.0/16';
const READY_MS = 60_000;
/** A kubelet sets these for the whole machine, which is not its own here. */
const KERNEL_SETTINGS = [
  ...['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'],
  ...['kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes'],
];

/** Gives this process' namespaces what a machine has: a network, and folders that are nobody else's. */
export function prepareNamespaces(folder: string): void {
  // The machine's own would be hidden.
  if (process.ppid !== 1) throw new Error('this is no namespace of its own: start it with npm run e2e:real');
  const run = (program: string, ...args: readonly string[]): void => void execFileSync(program, [...args]);
  for (const hidden of ['/run', '/var/log', CNI_STATE]) run('mount', '-t', 'tmpfs', 'tmpfs', hidden);
  for (const setting of KERNEL_SETTINGS.filter((each) => existsSync(`/proc/sys/${each}`))) {
    const copy = join(folder, setting.replaceAll('/', '.'));
    writeFileSync(copy, readFileSync(`/proc/sys/${setting}`));
    run('mount', '--bind', copy, `/proc/sys/${setting}`);
  }
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
  run('ip', 'address', 'add', `${GATEWAY}/16`, 'dev', BRIDGE);
  run('ip', 'link', 'set', BRIDGE, 'up');
}

/** Starts containerd and a kubelet, and waits until the node of the control plane is ready for pods. */
export async function startNode(
  plane: ControlPlane,
  { folder, cgroup, cni, images }: NodeOptions,
): Promise<readonly ServerProcess[]> {
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const networks = join(folder, 'networks');
  mkdirSync(networks);
  write('networks/pods.conflist', JSON.stringify(NETWORK));
  const containerd = await startServer('containerd', [
    ...['--config', write('containerd.toml', containerdConfig(folder, cni, networks))],
  ]);
  const ctr = (...args: readonly string[]): void =>
    void execFileSync('ctr', ['--address', SOCKET, '--namespace', 'k8s.io', ...args], { stdio: 'pipe' });
  try {
    await eventually('containerd answers', () => {
      containerd.check();
      ctr('version');
      return true;
    });
    ctr('images', 'import', '--snapshotter', 'native', images);
    const kubelet = await startServer(programPath('kubelet'), [
      ...['--config', write('kubelet.json', JSON.stringify(kubeletConfig(folder, cgroup)))],
      ...['--kubeconfig', plane.kubeconfig, '--root-dir', join(folder, 'kubelet')],
      ...['--cert-dir', join(folder, 'kubelet-certificates')],
      ...['--hostname-override', 'node-1', '--node-ip', GATEWAY],
    ]);
    await eventually(
      'the node is ready',
      async () => {
        kubelet.check();
        const node = await plane.call('GET', '/api/v1/nodes/node-1');
        return JSON.stringify(node).includes('"reason":"KubeletReady"') ? true : undefined;
      },
      READY_MS,
    ).catch((error: unknown) => {
      throw new Error(`the kubelet did not become ready:\n${kubelet.output()}`, { cause: error });
    });
    return [containerd, kubelet];
  } catch (error) {
    throw new Error(`the node did not start:\n${containerd.output()}`, { cause: error });
  }
}

const NETWORK = {
  ...{ cniVersion: '1.0.0', name: 'pods' },
  plugins: [
    {
      ...{ type: 'bridge', bridge: BRIDGE, isGateway: true },
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: SUBNET, gateway: GATEWAY }]],
        dataDir: '/run/networks',
      },
    },
  ],
};

/** TOML. Containers can not be protected from the kernel's killer beyond what their parent is: not everybody may do that. */
const containerdConfig = (folder: string, cni: string, networks: string): string => `
version = 2
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
[debug]
level = "warn"
[grpc]
address = "${SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
path = "${join(folder, 'containerd-opt')}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${SANDBOX.name}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${cni}"
conf_dir = "${networks}"
`;

function kubeletConfig(folder: string, cgroup: string): unknown {
  return {
    ...{ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' },
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    ...{ cgroupDriver: 'cgroupfs', cgroupRoot: cgroup, failCgroupV1: false, failSwapOn: false },
    ...{ containerRuntimeEndpoint: `unix://${SOCKET}`, oomScoreAdj: 0 },
    ...{ podLogsDir: '/var/log/pods', volumePluginDir: join(folder, 'volume-plugins'), resolvConf: '' },
    // The disk and memory are not the node's own: how full they are is no reason to evict its pods.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    ...{ imageGCHighThresholdPercent: 100, localStorageCapacityIsolation: false },
    ...{ makeIPTablesUtilChains: false },
  };
}
