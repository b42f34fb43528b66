/** What is read of the metadata of any object. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Changes with every change of the object. */
  readonly resourceVersion: string;
  /** Epoch ms; 0: the server did not say. */
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** UID of the owner that manages the object. */
  readonly controllerUid: string | undefined;
}

/** What is read of a Job. */
export interface StoredJob {
  readonly metadata: ObjectMeta;
  /** In their order. */
  readonly conditions: readonly JobCondition[];
  /** Pods that run. */
  readonly active: number;
  /** Labels that its pods have; undefined: it selects by none, and so has no pods. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
}

/** A condition of a Job; the reference does not look at its status. */
export interface JobCondition {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What is read of a pod. */
export interface StoredPod {
  readonly metadata: ObjectMeta;
  /** Containers that wait, and why. */
  readonly waiting: readonly WaitingContainer[];
}

/** A container that does not run yet. */
export interface WaitingContainer {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

/** Reads a Job. Fields that are absent or of another type are as good as empty: only what is used is looked at. */
export function readJob(json: unknown): StoredJob {
  const job = fields(json);
  const status = fields(job['status']);
  const podLabels = texts(fields(fields(job['spec'])['selector'])['matchLabels']);
  return {
    metadata: readMeta(job['metadata']),
    conditions: items(status['conditions']).map((condition) => ({
      type: text(condition['type']),
      reason: text(condition['reason']),
      message: text(condition['message']),
    })),
    active: typeof status['active'] === 'number' ? status['active'] : 0,
    podLabels: Object.keys(podLabels).length === 0 ? undefined : podLabels,
  };
}

/** Reads a pod; see {@link readJob}. */
export function readPod(json: unknown): StoredPod {
  const pod = fields(json);
  return {
    metadata: readMeta(pod['metadata']),
    waiting: items(fields(pod['status'])['containerStatuses']).flatMap((container) => {
      const waiting = fields(container['state'])['waiting'];
      if (waiting === undefined) return [];
      const { reason, message } = fields(waiting);
      return [{ name: text(container['name']), reason: text(reason), message: text(message) }];
    }),
  };
}

/** The members of a JSON object; none when it is something else. */
export function fields(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : {};
}

/** The members of a JSON object that are texts. */
export function texts(json: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields(json)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A text; empty when it is something else. */
export const text = (json: unknown): string => (typeof json === 'string' ? json : '');

function items(json: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(json) ? json.map(fields) : [];
}

/** Reads the metadata of any object; see {@link readJob}. */
export function readMeta(json: unknown): ObjectMeta {
  const meta = fields(json);
  const controller = items(meta['ownerReferences']).find((owner) => owner['controller'] === true);
  const created = Date.parse(text(meta['creationTimestamp']));
  return {
    name: text(meta['name']),
    namespace: text(meta['namespace']),
    uid: text(meta['uid']),
    resourceVersion: text(meta['resourceVersion']),
    createdAtMs: Number.isNaN(created) ? 0 : created,
    labels: texts(meta['labels']),
    annotations: texts(meta['annotations']),
    controllerUid: controller === undefined ? undefined : text(controller['uid']),
  };
}
