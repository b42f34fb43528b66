import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** A Go module, and the programs that are built from it. */
export interface GoModule {
  readonly name: string;
  /** From this folder. */
  readonly folder: string;
  readonly programs: readonly string[];
  /** Package of the only program, when it is one of the modules that are required. Default: the sources in the folder. */
  readonly package?: string;
  /** Build tags, with commas. */
  readonly tags?: string;
  /** Variables that are set in the programs, by package and name. */
  readonly variables: Readonly<Record<string, string>>;
  /** Built only when it is named: nothing that `npm test` runs needs it. */
  readonly isOnDemand?: true;
  /** The only program is the tests that a required module has of `package`; the package's folder is kept beside it. */
  readonly tests?: { readonly module: string };
}

/** The version that the wrapper's go.mod requires; without it `/version` would be empty. */
const KUBERNETES_VERSION = 'v1.34.4';

/**
 * The modules. KWOK has its own: it is written for another version of Kubernetes' libraries than the control plane. InfluxDB,
 * the S3 server, Helm, Argo Rollouts' plugin, end-to-end tests and controller, Traefik and the sample service are no parts of
 * that, and are built and kept in the same way.
 */
export const MODULES: readonly GoModule[] = [
  {
    name: 'kubernetes',
    folder: '../cluster/control-plane/kubernetes',
    programs: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'],
    variables: {
      'k8s.io/component-base/version.gitMajor': '1',
      'k8s.io/component-base/version.gitMinor': '34',
      'k8s.io/component-base/version.gitVersion': KUBERNETES_VERSION,
    },
  },
  { name: 'kwok', folder: '../cluster/control-plane/kwok', programs: ['kwok'], variables: {} },
  { name: 'influxdb', folder: '../influxdb', programs: ['influxd'], variables: {} },
  {
    name: 's3',
    folder: '../s3',
    programs: ['versitygw'],
    package: 'github.com/versity/versitygw/cmd/versitygw',
    variables: {},
  },
  { name: 'helm', folder: '../helm', programs: ['helm'], package: 'helm.sh/helm/v3/cmd/helm', variables: {} },
  {
    name: 'argo-plugin',
    folder: '../argo-plugin',
    programs: ['kubectl-argo-rollouts'],
    package: 'github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts',
    variables: {},
  },
  {
    name: 'argo-e2e',
    folder: '../argo-plugin',
    programs: ['argo-e2e.test'],
    package: './test/e2e',
    tags: 'e2e',
    variables: {},
    tests: { module: 'github.com/argoproj/argo-rollouts' },
  },
  // For `npm run bench -- controller`, which measures it beside ours.
  {
    name: 'argo-controller',
    folder: '../argo-plugin',
    programs: ['rollouts-controller'],
    package: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller',
    variables: {},
    isOnDemand: true,
  },
  {
    name: 'traefik',
    folder: '../real/traefik',
    programs: ['traefik'],
    package: 'github.com/traefik/traefik/v3/cmd/traefik',
    variables: {},
  },
  // There is no C library where it runs, so it is built without what needs one.
  { name: 'sample', folder: '../real/sample', programs: ['sample'], tags: 'netgo,osusergo', variables: {} },
];

/** Folder of the sources of a module. */
export const sourceFolder = ({ folder }: GoModule): string => join(import.meta.dirname, folder);

/** Folder that the programs of a module are kept in, by all that they are built from. It may not be there yet. */
export function programFolder(module: GoModule): string {
  const hash = createHash('sha256').update(JSON.stringify(module.variables));
  const isOne = module.programs.length === 1;
  const sources =
    module.package === undefined
      ? module.programs.map((program) => (isOne ? 'main.go' : join(program, 'main.go')))
      : [];
  for (const file of ['go.mod', 'go.sum', ...sources])
    hash.update(readFileSync(join(sourceFolder(module), file)));
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const name = `${module.name}-${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 16)}`;
  return join(cache, 'assay', 'control-plane', name);
}

/** Path of a program of one of the modules. */
export function programPath(program: string): string {
  const module = MODULES.find(({ programs }) => programs.includes(program));
  if (module === undefined) throw new TypeError(`${program} is built from no module`);
  return join(programFolder(module), program);
}

/** Folder with the sources and data of the package that a program is the tests of. */
export const testsFolder = (program: string): string => join(dirname(programPath(program)), 'package');
