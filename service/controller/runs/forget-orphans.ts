import type { RunSelection, ServiceClient } from '../service/service-client.js';
import type { RunObjects } from './run-objects.js';

/** What {@link forgetOrphans} needs. */
interface OrphansDeps {
  readonly service: Pick<ServiceClient, 'running' | 'forget'>;
  readonly objects: Pick<RunObjects, 'read'>;
  /** The runs of this controller in the service. */
  readonly selection: RunSelection;
  /** Whether there is an object of this id, as far as the watch has told. */
  readonly isKnown: (id: string) => boolean;
}

/**
 * Forgets runs of the service whose objects are gone: they were deleted while nobody looked. The API server is asked about
 * each, as the watch may be behind.
 */
export async function forgetOrphans({ service, objects, selection, isKnown }: OrphansDeps): Promise<void> {
  for await (const { id, namespace, name } of service.running(selection)) {
    if (isKnown(id)) continue;
    const object = await objects.read(namespace, name);
    if (object?.metadata.uid !== id) await service.forget(id);
  }
}
