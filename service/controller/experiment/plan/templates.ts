import { secondsMoment, momentMs, earliest } from '../../rollout/plan/moments.js';
import {
  actualOf,
  annotationOf,
  availableOf,
  deadlineOf,
  hashOf,
  nameOf,
  readyOf,
  sizeOf,
} from '../../rollout/plan/replica-set.js';
import { SCALE_DOWN_DEADLINE } from '../../rollout/plan/names.js';
import type { ReplicaSet } from '../../rollout/types.js';
import type { ExperimentAction, Template, TemplateStatus } from '../types.js';
import { newReplicaSet, newService, replicaSetName, serviceName } from './new-objects.js';
import {
  endsAtMs,
  type ExperimentScene,
  isOver,
  progressDeadlineSeconds,
  refusalOf,
  replicaSetOf,
  serviceOf,
  templateStatusOf,
  wantedReplicas,
} from './scene.js';

/** What is to be done about the pods of a template, and how they stand. */
export interface TemplatePlan {
  readonly status: TemplateStatus;
  readonly actions: readonly ExperimentAction[];
  readonly events: readonly ExperimentAction[];
  readonly requeueAtMs?: number | undefined;
}

/** Changes to the pods, and when the next is due. */
interface Part {
  readonly actions: readonly ExperimentAction[];
  readonly requeueAtMs?: number;
}

/** Seconds for which pods stay at the end where the Experiment says nothing. */
const DELAY = 30;

/** The pods of a template come, perhaps behind a Service, and go after a delay. */
export function planTemplate(scene: ExperimentScene, template: Template): TemplatePlan {
  const old = templateStatusOf(scene.status, template.name);
  const set = replicaSetOf(scene, template);
  const wanted = wantedReplicas(scene, template);
  const serving = planService(scene, template, set, wanted);
  const scaling = set === undefined ? creation(scene, template) : scale(scene, template, set, wanted);
  const counted = counts(scene, template, set);
  const isMoving = old === undefined || hasMoved(old, counted) || (set !== undefined && wanted > sizeOf(set));
  const lastTransitionTime = isMoving ? secondsMoment(scene.nowMs) : old.lastTransitionTime;
  const seen: TemplateStatus = {
    ...counted,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  };
  const judged = isOver(old) ? {} : judge(scene, template, seen, wanted);
  const status = { ...seen, ...judged };
  const deadlineMs =
    isOver(status) || status.availableReplicas === wanted ? undefined : deadline(scene, status);
  return {
    status,
    actions: [...serving.actions, ...scaling.actions],
    events: changeEvents(old, status),
    requeueAtMs: earliest([scaling.requeueAtMs, deadlineMs]),
  };
}

const NOTHING: Part = { actions: [] };

/** None is made any more at the end. */
const creation = (scene: ExperimentScene, template: Template): Part =>
  scene.isEnding
    ? NOTHING
    : { actions: [{ kind: 'createReplicaSet', replicaSet: newReplicaSet(scene, template) }] };

/** There is a Service as long as there are to be pods. */
function planService(
  scene: ExperimentScene,
  template: Template,
  set: ReplicaSet | undefined,
  wanted: number,
): Part {
  const service = serviceOf(scene, template);
  if (service === undefined) {
    if (template.service === undefined || set === undefined || wanted === 0) return NOTHING;
    const made = newService(scene, template, set);
    return made === undefined ? NOTHING : { actions: [{ kind: 'createService', service: made }] };
  }
  const isUsed = template.service !== undefined && (wanted > 0 || sizeOf(set) > 0);
  const { name = '', uid = '' } = service.metadata;
  return isUsed ? NOTHING : { actions: [{ kind: 'deleteService', name, uid }] };
}

function scale(scene: ExperimentScene, template: Template, set: ReplicaSet, wanted: number): Part {
  const size = sizeOf(set);
  if (size === wanted) return NOTHING;
  if (wanted > 0) return { actions: resize(set, wanted) };
  const seconds = scene.spec.scaleDownDelaySeconds ?? DELAY;
  if (seconds === 0) {
    const hadDelay = annotationOf(set, SCALE_DOWN_DEADLINE) !== undefined;
    return { actions: [...(hadDelay ? [delay(set, null)] : []), ...resize(set, 0)] };
  }
  const deadlineMs = deadlineOf(set);
  if (deadlineMs !== undefined && scene.nowMs >= deadlineMs) return { actions: resize(set, 0) };
  const atMs = deadlineMs ?? scene.nowMs + seconds * 1000;
  return {
    actions: [
      ...(deadlineMs === undefined ? [delay(set, atMs)] : []),
      // Until then it has what it was to have.
      ...resize(set, template.replicas ?? 1),
    ],
    requeueAtMs: atMs,
  };
}

const delay = (set: ReplicaSet, atMs: number | null): ExperimentAction => ({
  ...{ kind: 'setDeadline', name: nameOf(set) },
  deadline: atMs === null ? null : secondsMoment(atMs),
});

function resize(set: ReplicaSet, replicas: number): readonly ExperimentAction[] {
  const [name, old] = [nameOf(set), sizeOf(set)];
  if (old === replicas) return [];
  const direction = old < replicas ? 'up' : 'down';
  const message = `Scaled ${direction} ReplicaSet ${name} from ${old} to ${replicas}`;
  return [
    { kind: 'scaleReplicaSet', name, replicas },
    { kind: 'event', type: 'Normal', reason: 'ScalingReplicaSet', message },
  ];
}

function counts(
  scene: ExperimentScene,
  template: Template,
  set: ReplicaSet | undefined,
): Omit<TemplateStatus, 'lastTransitionTime'> {
  const {
    lastTransitionTime: _last,
    serviceName: _name,
    podTemplateHash: _hash,
    ...old
  } = templateStatusOf(scene.status, template.name) ?? { name: template.name };
  const service = serviceOf(scene, template)?.metadata.name;
  return {
    ...old,
    ...{ replicas: actualOf(set), updatedReplicas: actualOf(set) },
    ...{ readyReplicas: readyOf(set), availableReplicas: availableOf(set) },
    ...(service === undefined ? {} : { serviceName: service, podTemplateHash: hashOf(set) }),
  };
}

const hasMoved = (old: TemplateStatus, now: Omit<TemplateStatus, 'lastTransitionTime'>): boolean =>
  (['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'] as const).some(
    (count) => old[count] !== now[count],
  );

/** When pods that are not available have taken too long, epoch ms. */
const deadline = (scene: ExperimentScene, { lastTransitionTime }: TemplateStatus): number =>
  (lastTransitionTime === undefined ? scene.nowMs : momentMs(lastTransitionTime)) +
  progressDeadlineSeconds(scene.spec) * 1000;

type Judged = Pick<TemplateStatus, 'status' | 'message'>;

function judge(scene: ExperimentScene, template: Template, seen: TemplateStatus, wanted: number): Judged {
  const { name } = template;
  const refusal = refused(scene, template);
  // At the end pods go however long they have stood still.
  if (scene.isEnding) return { status: 'Successful' };
  if (refusal !== undefined) return { status: 'Error', message: refusal };
  if (seen.availableReplicas === wanted) {
    const endMs = endsAtMs(scene.spec, scene.status);
    return { status: endMs !== undefined && scene.nowMs >= endMs ? 'Successful' : 'Running' };
  }
  if (scene.nowMs >= deadline(scene, seen)) {
    const seconds = progressDeadlineSeconds(scene.spec);
    return {
      status: 'Failed',
      message: `Template '${name}' exceeded its progressDeadlineSeconds (${seconds})`,
    };
  }
  return { status: 'Progressing' };
}

function refused(scene: ExperimentScene, template: Template): string | undefined {
  const { name } = template;
  const set = refusalOf(scene, 'ReplicaSet', replicaSetName(scene, template));
  if (set !== undefined) return `Failed to create ReplicaSet for template '${name}': ${set}`;
  const service = serviceName(scene, template);
  const ofService = template.service === undefined ? undefined : refusalOf(scene, 'Service', service);
  return ofService === undefined
    ? undefined
    : `Failed to create Service ${service} for template '${name}': ${ofService}`;
}

function changeEvents(old: TemplateStatus | undefined, now: TemplateStatus): readonly ExperimentAction[] {
  const { status = '', message = '', name } = now;
  if (old?.status === status) return [];
  const why = message === '' ? '' : `: ${message}`;
  return [
    {
      kind: 'event',
      type: status === 'Failed' || status === 'Error' ? 'Warning' : 'Normal',
      reason: `Template${status}`,
      message: `Template '${name}' transitioned from ${old?.status ?? ''} -> ${status}${why}`,
    },
  ];
}
