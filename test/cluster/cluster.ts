import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { AnalysisRun } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import type { ServingAssay } from '../../service/cli/index.js';
import {
  type ControllerSettings,
  readSettings,
  type RunningController,
  startController,
} from '../../service/controller/index.js';
import { createLog } from '../../service/platform/index.js';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from './control-plane/control-plane.js';
import { eventually } from '../support/eventually.js';
import { useGivenCluster } from './given-cluster.js';
import { leastRights } from './least-rights.js';

const CRDS = new URL('../../helm/assay/crds/', import.meta.url);
const GROUP = '/apis/argoproj.io/v1alpha1';

/** A real API server that knows our custom resources. */
export interface Cluster extends ControlPlane {
  /** Path of a kubeconfig with the rights that the chart gives controllers, and no others. */
  readonly controllerKubeconfig: string;
  /** Creates an AnalysisRun with one metric of a server on loopback, unless `spec` says otherwise. */
  createRun(namespace: string, name: string, run: Partial<AnalysisRun>): Promise<AnalysisRun>;
  run(namespace: string, name: string): Promise<AnalysisRun>;
  /** Changes a run by a merge patch. */
  patchRun(namespace: string, name: string, patch: unknown): Promise<void>;
  deleteRun(namespace: string, name: string): Promise<void>;
  /** The run once it is in one of these phases. */
  inPhase(namespace: string, name: string, ...phases: string[]): Promise<AnalysisRun>;
  /** `type reason message` of the events of a run, sorted. */
  events(namespace: string, name: string): Promise<readonly string[]>;
}

/** The texts of the chart's custom resource definitions. */
export const chartDefinitions = (): readonly string[] =>
  readdirSync(CRDS).map((name) => readFileSync(new URL(name, CRDS), 'utf8'));

/**
 * Starts a control plane with custom resource definitions, the chart's unless others are given; with `ASSAY_TEST_KUBECONFIG` that cluster is used, which
 * must have nothing of Argo Rollouts, and is left as it was.
 */
export async function startCluster(
  options: ControlPlaneOptions = { pods: false },
  definitions: readonly string[] = chartDefinitions(),
): Promise<Cluster> {
  const given = process.env['ASSAY_TEST_KUBECONFIG'] ?? '';
  const plane = given === '' ? await startControlPlane(options) : await useGivenCluster(given);
  const folder = await mkdtemp(join(tmpdir(), 'assay-cluster-'));
  const stop = async (): Promise<void> => {
    await plane.stop();
    await rm(folder, { recursive: true });
  };
  let controllerKubeconfig: string;
  try {
    await installDefinitions(plane, definitions);
    controllerKubeconfig = await leastRights(plane, folder);
  } catch (error) {
    await stop();
    throw error;
  }
  const path = (namespace: string, name = ''): string =>
    `${GROUP}/namespaces/${namespace}/analysisruns${name === '' ? '' : `/${name}`}`;
  const run = async (namespace: string, name: string): Promise<AnalysisRun> =>
    (await plane.call('GET', path(namespace, name))) as AnalysisRun;
  return {
    ...plane,
    ...{ controllerKubeconfig, run, stop },
    async createRun(namespace, name, { metadata, ...rest }) {
      const object = {
        ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' },
        metadata: { ...metadata, name, namespace },
        ...rest,
      };
      return (await plane.call('POST', path(namespace), object)) as AnalysisRun;
    },
    async patchRun(namespace, name, patch) {
      await plane.call('PATCH', path(namespace, name), patch);
    },
    async deleteRun(namespace, name) {
      await plane.call('DELETE', path(namespace, name));
    },
    inPhase: (namespace, name, ...phases) =>
      eventually(`${name} is ${phases.join(' or ')}`, async () => {
        const found = await run(namespace, name);
        return phases.includes(found.status?.phase ?? '') ? found : undefined;
      }),
    async events(namespace, name) {
      const query = `fieldSelector=involvedObject.name%3D${name}`;
      const { items } = (await plane.call('GET', `/api/v1/namespaces/${namespace}/events?${query}`)) as {
        items: { type: string; reason: string; message: string }[];
      };
      return items.map(({ type, reason, message }) => `${type} ${reason} ${message}`).sort();
    },
  };
}

/** Installs custom resource definitions, and waits until objects of them can be made. */
export async function installDefinitions(plane: ControlPlane, texts: readonly string[]): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const text of texts) {
    const definition = parse(text) as { metadata: { name: string }; spec: { names: { plural: string } } };
    await plane.call('POST', path, definition);
    await eventually(`${definition.metadata.name} is served`, () =>
      plane.call('GET', `${GROUP}/${definition.spec.names.plural}`),
    );
  }
}

/** A service in this process, on a free port of loopback. */
export const startService = (env: Readonly<Record<string, string>> = {}): Promise<ServingAssay> =>
  openServer({ ASSAY_PORT: '0', ASSAY_LOG_LEVEL: 'silent', ...env }, {});

/** A controller in this process, which leads at once, with the rights of the chart. */
export const startControllerOf = (
  cluster: Cluster,
  server: string,
  settings: Partial<ControllerSettings> = {},
): Promise<RunningController> =>
  startController(
    {
      ...readSettings(
        { KUBECONFIG: cluster.controllerKubeconfig },
        { server, port: '0', leaderElect: false },
      ),
      ...{ ownNamespace: 'default', logLevel: 'silent', ...settings },
    },
    createLog({ level: settings.logLevel ?? 'silent' }),
  );
