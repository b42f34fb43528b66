import { type ServerProcess, startServer } from '../support/server-process.js';
import type { Cluster } from './cluster.js';

/** Starts a replica of the controller of a namespace in a process of its own. The Lease is in the namespace too. */
export const startReplica = (
  { kubeconfig }: Pick<Cluster, 'kubeconfig'>,
  server: string,
  namespace: string,
): Promise<ServerProcess> =>
  startServer(
    process.execPath,
    ['--import', 'tsx', 'service/main.ts', 'controller', '--namespace', namespace, '--port', '0'],
    { KUBECONFIG: kubeconfig, ASSAY_SERVER: server, POD_NAMESPACE: namespace },
  );

/** Whether a replica has said that it leads. */
export const isLeader = (replica: ServerProcess): boolean => replica.output().includes('this replica leads');
