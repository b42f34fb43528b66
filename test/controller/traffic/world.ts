import { isList, isObject, type Rollout } from '../../../schemas/index.js';
import {
  type AnsweredRequest,
  type Change,
  createTrafficRouters,
  type ObjectRef,
  type Surroundings,
  type TrafficPlan,
} from '../../../service/controller/traffic/index.js';
import type { Json, Traffic } from '../../../service/controller/rollout/types.js';

/** Parts of a Rollout that decide about traffic. */
export type Canary = NonNullable<NonNullable<Rollout['spec']['strategy']>['canary']>;

/** UID of the Rollout of the tests. */
export const UID = 'a3d6f1c2-0000-4000-8000-000000000001';

/** A Rollout `shop/checkout` between the Services `stable` and `canary`. */
export const rolloutOf = (
  trafficRouting: Canary['trafficRouting'],
  canary: Partial<Canary> = {},
): Rollout => ({
  metadata: { name: 'checkout', namespace: 'shop', uid: UID },
  spec: {
    strategy: {
      canary: {
        stableService: 'stable',
        canaryService: 'canary',
        ...(trafficRouting === undefined ? {} : { trafficRouting }),
        ...canary,
      },
    },
  },
});

/** Traffic with nothing but a weight, unless `more` says otherwise. */
export const traffic = (canaryWeight: number, more: Partial<Traffic> = {}): Traffic => ({
  ...{ canaryWeight, canaryHash: 'new-hash', stableHash: 'old-hash' },
  ...{ additional: [], headerRoutes: [], mirrorRoutes: [] },
  ...more,
});

/** Objects in memory, on which changes are made as the API server makes them. */
export class World implements Surroundings {
  readonly #objects = new Map<string, Json>();
  readonly answers = new Map<string, AnsweredRequest>();

  constructor(...objects: readonly Json[]) {
    for (const object of objects) this.#objects.set(keyOf(object), object);
  }

  object(ref: ObjectRef): Json | undefined {
    return this.#objects.get(keyOfRef(ref));
  }

  /** Labels are not looked at: a test has only what is selected. */
  list({ type, namespace }: Parameters<Surroundings['list']>[0]): readonly Json[] {
    const prefix = keyOfRef({ ...type, namespace, name: '' });
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
  }

  answer(plugin: string): AnsweredRequest | undefined {
    return this.answers.get(plugin);
  }

  /** The object of a kind and name, whatever its namespace; fails when there is none. */
  get(kind: string, name: string): Json {
    for (const [key, object] of this.#objects) {
      if (key.startsWith(`${kind}/`) && key.endsWith(`/${name}`)) return object;
    }
    throw new Error(`there is no ${kind} ${name}, but ${[...this.#objects.keys()].join(', ')}`);
  }

  make(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'call') continue;
      const key = keyOfRef(change.ref);
      const current = this.#objects.get(key);
      if (change.kind === 'delete') this.#objects.delete(key);
      else if (change.kind === 'create') {
        if (current !== undefined) throw new Error(`${key} exists already`);
        this.#objects.set(key, change.object);
      } else {
        if (current === undefined) throw new Error(`${key} does not exist`);
        this.#objects.set(key, merged(current, change.patch) as Json);
      }
    }
  }
}

const keyOf = (object: Json): string => {
  const { name, namespace = '' } = object['metadata'] as { name: string; namespace?: string };
  return `${String(object['kind'])}/${namespace}/${name}`;
};
const keyOfRef = ({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string =>
  `${kind}/${namespace}/${name}`;

/** A JSON merge patch as RFC 7396 tells how to apply it. */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(target) && !isList(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value));
  }
  return Object.fromEntries(result);
}

const routers = createTrafficRouters();

/** Plans, makes the changes, and sees that nothing is left to change. */
export function bring(rollout: Rollout, wanted: Traffic, world: World): TrafficPlan {
  const plan = routers.plan(rollout, wanted, world);
  world.make(plan.changes);
  const again = routers.plan(rollout, wanted, world);
  if (again.changes.length > 0) throw new Error(`not idempotent: ${JSON.stringify(again.changes)}`);
  return plan;
}

/** The messages of what stands in the way. */
export const faultsOf = (rollout: Rollout, wanted: Traffic, world: World): readonly string[] =>
  routers.plan(rollout, wanted, world).faults.map(({ message }) => message);
