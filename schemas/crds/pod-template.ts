import type { StructuralSchema } from './structural-schema.js';

/** Anything. */
const OPEN = { 'x-kubernetes-preserve-unknown-fields': true } as const;
const TEXT: StructuralSchema = { type: 'string' };
type Fields = Readonly<Record<string, StructuralSchema>>;

const open = (properties: Fields): StructuralSchema => ({ type: 'object', ...OPEN, properties });

/** A list whose items are told apart by some of their fields. */
function listBy(keys: Fields, properties: Fields = {}): StructuralSchema {
  const names = Object.keys(keys);
  const required = names.filter((name) => keys[name]?.default === undefined);
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': names,
    items: {
      ...open({ ...keys, ...properties }),
      ...(required.length === 0 ? {} : { required }),
    },
  };
}

const BY_NAME: Fields = { name: TEXT };

/** `ports` is no such list: those of Argo Rollouts have `protocol: TCP` written into them, as a key needs a value. */
const CONTAINERS = listBy(BY_NAME, {
  env: listBy(BY_NAME),
  volumeMounts: listBy({ mountPath: TEXT }),
  volumeDevices: listBy({ devicePath: TEXT }),
  resources: open({ claims: listBy(BY_NAME) }),
});

/**
 * The pod template of a Rollout as far as a server-side apply has to know it: those that manage a container's image, an environment
 * variable or a volume are not in each other's way, and nobody takes away what others have put in. The lists and their keys are
 * those of Argo Rollouts' definition; all else is taken as it is, so that no field of a later Kubernetes is lost. Those of
 * Experiments and Jobs stand in lists that are one value for whoever applies them.
 */
export const MERGED_POD_TEMPLATE: StructuralSchema = open({
  spec: open({
    containers: CONTAINERS,
    initContainers: CONTAINERS,
    ephemeralContainers: CONTAINERS,
    hostAliases: listBy({ ip: TEXT }),
    // Argo Rollouts' has this default.
    imagePullSecrets: listBy({ name: { ...TEXT, default: '' } }),
    resourceClaims: listBy(BY_NAME),
    resources: open({ claims: listBy(BY_NAME) }),
    schedulingGates: listBy(BY_NAME),
    topologySpreadConstraints: listBy({ topologyKey: TEXT, whenUnsatisfiable: TEXT }),
  }),
});
