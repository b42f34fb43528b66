import type { Log } from '../../platform/index.js';
import type { ServiceRun } from '../service/answers.js';
import type { RunSelection, ServiceClient } from '../service/service-client.js';
import { keyOf } from './run-object.js';
import type { RunObjects } from './run-objects.js';
import { CLUSTER_UID_LABEL } from './run-scope.js';

/** What {@link forgetOrphans} needs. */
interface OrphansDeps {
  readonly service: Pick<ServiceClient, 'running' | 'forget' | 'terminate'>;
  readonly objects: Pick<RunObjects, 'read'>;
  /** The runs under the name of this cluster in the service. */
  readonly selection: RunSelection;
  /** UID of this cluster; undefined: nobody knows. */
  readonly clusterUid: string | undefined;
  /** Whether there is an object of this id that goes on, as far as the watch has told. */
  readonly isOpen: (id: string) => boolean;
  readonly log: Log;
}

/** Runs that an entry of the log names. */
const NAMED = 5;

/**
 * Forgets runs of the service whose objects are gone: they were deleted while nobody looked. Ends those whose objects have a
 * verdict. The API server is asked about
 * each, as the watch may be behind. Only those that were handed over with the UID of this cluster are: the objects of others
 * may be in another cluster that has, by mistake, the same name.
 * @returns how many runs of other clusters there are under the name of this one.
 */
export async function forgetOrphans(deps: OrphansDeps): Promise<number> {
  const { service, selection, clusterUid, isOpen, log } = deps;
  const [foreign, unsure]: [ServiceRun[], ServiceRun[]] = [[], []];
  for await (const run of service.running(selection)) {
    if (isOpen(run.id)) continue;
    const uid = run.labels[CLUSTER_UID_LABEL];
    if (uid !== undefined && clusterUid !== undefined && uid !== clusterUid) foreign.push(run);
    else if (await hasObject(run, deps)) continue;
    else if (clusterUid === undefined || uid === undefined) unsure.push(run);
    else {
      log.info({ run: keyOf(run), id: run.id }, 'a run whose object is gone is forgotten');
      await service.forget(run.id);
    }
  }
  if (foreign.length > 0)
    log.error(
      { ...named(foreign), cluster: selection.selector },
      'another cluster hands over runs under the name of this one: give each controller a --cluster-name of its own; of a cluster that is no more, delete the runs in the service',
    );
  if (unsure.length > 0)
    log.warn(
      named(unsure),
      'runs without an object go on in the service, and may be of another cluster: they were handed over without the UID of their cluster, or it is not known here; delete them in the service if they are of this one',
    );
  return foreign.length;
}

/**
 * Whether there is the object of a run. One that has a verdict, which somebody wrote by hand or another controller did, ends the
 * run: nobody would ever hear of its own. It is not forgotten, as it may have ended just now by itself.
 */
async function hasObject(
  run: ServiceRun,
  { objects, service, log }: Pick<OrphansDeps, 'objects' | 'service' | 'log'>,
): Promise<boolean> {
  const object = await objects.read(run.namespace, run.name);
  if (object?.metadata.uid !== run.id) return false;
  if (!object.isCompleted) return true;
  log.warn(
    { run: object.key, id: run.id },
    'a run goes on although its object has a verdict, which was not written here, and is ended',
  );
  await service.terminate(run.id);
  return true;
}

const named = (runs: readonly ServiceRun[]): { readonly count: number; readonly ids: readonly string[] } => ({
  count: runs.length,
  ids: runs.slice(0, NAMED).map(({ id }) => id),
});
