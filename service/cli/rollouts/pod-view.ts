import { fields, readMeta, text } from '../../providers/kubernetes/index.js';
import { at, list, number } from './json.js';

/** A pod as `kubectl get pods` shows it. */
export interface PodView {
  readonly name: string;
  readonly createdAtMs: number;
  /** What it is doing or ails it, e.g. Running, ImagePullBackOff or Init:0/1. */
  readonly status: string;
  /** Containers that are ready, of all. */
  readonly ready: string;
  readonly restarts: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a pod. The status is kubectl's: the reason of a container that waits or has ended wins over the pod's phase. */
export function viewPod(json: unknown): PodView {
  const { name, createdAtMs } = readMeta(at(json, 'metadata'));
  const status = fields(at(json, 'status'));
  const phase = text(status['reason']) || text(status['phase']);
  const initializing = initReason(json, status);
  const containers = list(status['containerStatuses']);
  const main = initializing ?? mainReason(phase, containers);
  return {
    ...{ name, createdAtMs },
    status: deletion(json, status) ?? main.reason,
    ready: `${main.ready}/${list(at(json, 'spec', 'containers')).length}`,
    restarts: main.restarts,
  };
}

function deletion(json: unknown, status: Fields): string | undefined {
  if (text(at(json, 'metadata', 'deletionTimestamp')) === '') return undefined;
  return status['reason'] === 'NodeLost' ? 'Unknown' : 'Terminating';
}

interface Reason {
  readonly reason: string;
  readonly ready: number;
  readonly restarts: number;
}

/** What an init container that is not done says; undefined: all are, or serve beside the others. */
function initReason(json: unknown, status: Fields): Reason | undefined {
  const specs = list(at(json, 'spec', 'initContainers'));
  let restarts = 0;
  for (const [index, container] of list(status['initContainerStatuses']).entries()) {
    restarts += number(container['restartCount']);
    const { terminated, waiting } = fields(container['state']);
    const end = fields(terminated);
    const wait = text(at(waiting, 'reason'));
    const isSidecar = specs.some(
      (spec) => spec['name'] === container['name'] && spec['restartPolicy'] === 'Always',
    );
    if (terminated !== undefined && number(end['exitCode']) === 0) continue;
    if (isSidecar && container['started'] === true && terminated === undefined) {
      if (container['ready'] === true) continue;
      return undefined;
    }
    if (terminated !== undefined) return { reason: `Init:${endReason(end)}`, ready: 0, restarts };
    const reason =
      wait === '' || wait === 'PodInitializing' ? `Init:${index}/${specs.length}` : `Init:${wait}`;
    return { reason, ready: 0, restarts };
  }
  return undefined;
}

function mainReason(phase: string, containers: readonly Fields[]): Reason {
  let [reason, ready, restarts] = [phase, 0, 0];
  // From the last to the first, so that the first one's reason stays.
  for (const container of containers.toReversed()) {
    restarts += number(container['restartCount']);
    const { terminated, waiting, running } = fields(container['state']);
    const wait = text(at(waiting, 'reason'));
    if (wait !== '') reason = wait;
    else if (terminated !== undefined) reason = endReason(fields(terminated));
    else if (container['ready'] === true && running !== undefined) ready += 1;
  }
  return { reason: reason === 'Completed' && ready > 0 ? 'Running' : reason, ready, restarts };
}

function endReason(end: Fields): string {
  const signal = number(end['signal']);
  return text(end['reason']) || (signal === 0 ? `ExitCode:${number(end['exitCode'])}` : `Signal:${signal}`);
}
