import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { HOME_CLUSTER } from '../../schemas/index.js';
import { ConfigError, type ControllerFlags, LOG_LEVELS, type LogLevel } from '../platform/index.js';
import {
  type ClusterCredentials,
  clusterCredentials,
  contextNamespace,
  DEFAULT_OWN_NAMESPACE,
  KubernetesError,
  podNamespace,
} from '../providers/kubernetes/index.js';
import type { AdmissionSettings } from './admission/index.js';
import { readAdmissionSettings } from './admission/settings.js';
import { type NotificationSettings, readNotificationSettings } from './notifications/index.js';
import { type Outside, readOutside } from './outside.js';
import { isPort, isServerAddress, SettingsReader } from './settings-reader.js';
import { readTrafficSettings, type TrafficSettings } from './traffic-settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a controller is told, before its cluster is looked up. */
export type GivenSettings = Omit<ControllerSettings, 'ownNamespace'> & {
  /** Undefined: it is in no pod. */
  readonly ownNamespace?: string;
  /** Only its own namespace is looked at. */
  readonly isNamespaced: boolean;
};

/** What a controller is told. */
export interface ControllerSettings {
  /** Address of the service. */
  readonly server: string;
  /** Token for the service; read for each request, as one that is mounted is renewed. */
  readonly token: () => Promise<string | undefined>;
  /** Name of this cluster in the service. */
  readonly cluster: string;
  readonly credentials: ClusterCredentials;
  /** The only namespace that is looked at; undefined: all. */
  readonly namespace?: string;
  /** Namespace of the Lease. */
  readonly ownNamespace: string;
  readonly instanceId?: string;
  readonly leaderElect: boolean;
  /** Who this process is among the replicas. */
  readonly identity: string;
  /** Port of the probes and metrics; 0: any free one. */
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly traffic: TrafficSettings;
  /** How traffic plugins and receivers of notifications are reached. */
  readonly outside: Outside;
  /** The admission webhook; undefined: there is none. */
  readonly admission?: AdmissionSettings;
  /** Who is told of Rollouts; undefined: nobody. */
  readonly notifications?: NotificationSettings;
}

const DEFAULT_SERVER = 'http://127.0.0.1:8080';
const DEFAULT_PORT = '8081';
/** A value of a label: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels. */
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/**
 * The settings of the flags and the environment: `ASSAY_SERVER`, `ASSAY_TOKEN` or `ASSAY_TOKEN_FILE`, `ASSAY_CLUSTER_NAME`,
 * `ASSAY_CONTROLLER_NAMESPACED`, `ASSAY_CONTROLLER_NAMESPACE`, `ASSAY_INSTANCE_ID`, `ASSAY_LEADER_ELECT`,
 * `ASSAY_CONTROLLER_PORT`, `ASSAY_LOG_LEVEL` and `KUBECONFIG`, and those of {@link readTrafficSettings},
 * {@link readAdmissionSettings} and {@link readOutside}.
 * @throws ConfigError with all that is wrong.
 */
export function readSettings(env: Environment, flags: ControllerFlags): GivenSettings {
  const reader = new SettingsReader(env, flags);
  const { problems } = reader;
  const server = reader.checked(
    'server',
    'ASSAY_SERVER',
    isServerAddress,
    `an address such as ${DEFAULT_SERVER}, without user and query`,
  );
  const cluster = reader.checked(
    'clusterName',
    'ASSAY_CLUSTER_NAME',
    isLabel,
    'a name of up to 63 letters, digits, ".", "_" or "-"',
  );
  const instanceId = reader.checked(
    'instanceId',
    'ASSAY_INSTANCE_ID',
    isLabel,
    'a name of up to 63 letters, digits, ".", "_" or "-"',
  );
  const port = reader.checked('port', 'ASSAY_CONTROLLER_PORT', isPort, 'a port from 0 to 65535');
  const level = reader.checked('logLevel', 'ASSAY_LOG_LEVEL', isLevel, `one of ${LOG_LEVELS.join(', ')}`);
  const own = podNamespace(env);
  const isNamespaced = reader.yes('namespaced', 'ASSAY_CONTROLLER_NAMESPACED', false);
  const namespace = reader.text('namespace', 'ASSAY_CONTROLLER_NAMESPACE');
  const leaderElect = reader.yes('leaderElect', 'ASSAY_LEADER_ELECT', true);
  const credentials = clusterCredentials(reader.text('kubeconfig', 'KUBECONFIG'), env);
  if (credentials === undefined)
    problems.push('KUBECONFIG: must name a kubeconfig file: this process does not run in a cluster');
  if ((env['ASSAY_TOKEN'] ?? '') !== '' && (env['ASSAY_TOKEN_FILE'] ?? '') !== '')
    problems.push('ASSAY_TOKEN_FILE: ASSAY_TOKEN is set as well: set one of them');
  const traffic = readTrafficSettings(reader);
  const outside = readOutside(env, problems);
  const admission = readAdmissionSettings(reader);
  const notifications = readNotificationSettings(reader, outside.webhookSecret);
  if (problems.length > 0 || credentials === undefined) throw new ConfigError(problems);
  const only = isNamespaced ? (namespace ?? own) : namespace;
  return {
    server: (server ?? DEFAULT_SERVER).replace(/\/+$/, ''),
    token: tokenReader(env),
    cluster: cluster ?? HOME_CLUSTER,
    credentials,
    ...(only === undefined ? {} : { namespace: only }),
    ...(own === undefined ? {} : { ownNamespace: own }),
    isNamespaced: isNamespaced && namespace === undefined,
    ...(instanceId === undefined ? {} : { instanceId }),
    leaderElect,
    // Two processes of one pod, or of one machine, are not one replica.
    identity: `${env['POD_NAME'] ?? hostname()}_${process.pid}_${Math.random().toString(36).slice(2, 8)}`,
    port: Number(port ?? DEFAULT_PORT),
    logLevel: LOG_LEVELS.find((each) => each === level) ?? 'info',
    ...{ traffic, outside },
    ...(admission === undefined ? {} : { admission }),
    ...(notifications === undefined ? {} : { notifications }),
  };
}

/**
 * The settings with the namespace of the controller: of its pod, else, as for kubectl, of the kubeconfig's context.
 * @throws ConfigError when the kubeconfig can not be used.
 */
export async function withOwnNamespace({
  isNamespaced,
  ...settings
}: GivenSettings): Promise<ControllerSettings> {
  const own = settings.ownNamespace ?? (await namespaceOf(settings.credentials));
  return { ...settings, ownNamespace: own, ...(isNamespaced ? { namespace: own } : {}) };
}

async function namespaceOf(credentials: ClusterCredentials): Promise<string> {
  if (credentials.kind === 'serviceAccount') return DEFAULT_OWN_NAMESPACE;
  try {
    return await contextNamespace(credentials);
  } catch (error) {
    if (error instanceof KubernetesError) throw new ConfigError([`KUBECONFIG: ${error.message}`]);
    throw error;
  }
}

function tokenReader(env: Environment): () => Promise<string | undefined> {
  const [token = '', file = ''] = [env['ASSAY_TOKEN'], env['ASSAY_TOKEN_FILE']];
  if (file === '') return () => Promise.resolve(token === '' ? undefined : token.trim());
  return async () => (await readFile(file, 'utf8')).trim();
}

const isLabel = (text: string): boolean => LABEL_VALUE.test(text);
const isLevel = (text: string): boolean => LOG_LEVELS.some((each) => each === text);
