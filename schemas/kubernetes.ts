import { type Static, type TProperties, Type } from 'typebox';
import {
  type Immutable,
  flag,
  int64,
  intOrString,
  list,
  moment,
  openObject,
  optional,
  shape,
  text,
  textMap,
} from './shape.js';

/** The one API version Assay speaks: Argo Rollouts'. */
export const API_VERSION = 'argoproj.io/v1alpha1';

/** Label of a run: the cluster whose object it is, and whose secrets and Jobs are meant. Controllers set it. */
export const CLUSTER_LABEL = 'assay.dev/cluster';

/** Stands for the service's own cluster in {@link CLUSTER_LABEL}; so does a run without the label. */
export const HOME_CLUSTER = 'local';

/** A number, or a text that becomes one when its arguments are filled in. */
export const IntOrStringSchema = intOrString(
  'A whole number, or a text that is one once its arguments are filled in.',
);
/** See {@link IntOrStringSchema}. */
export type IntOrString = Static<typeof IntOrStringSchema>;

const OwnerReferenceSchema = shape(
  'OwnerReference',
  'The object that this one belongs to and is deleted with.',
  {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
    controller: optional(flag('The owner is the managing controller.')),
    blockOwnerDeletion: optional(flag('The owner can not be deleted before this object.')),
  },
);

/** Kubernetes object metadata. `uid` is the id of a run; `labels` and `annotations` are free. */
export const ObjectMetaSchema = shape('ObjectMeta', 'Kubernetes object metadata.', {
  name: optional(text('Name, unique in its namespace.')),
  generateName: optional(text('Prefix of a name that is made up when `name` is absent.')),
  namespace: optional(text('Namespace.', { default: 'default' })),
  uid: optional(text('Unique id. Of an AnalysisRun: its id in this API.')),
  resourceVersion: optional(text('Version for optimistic concurrency.')),
  generation: optional(int64("Number of the spec's version.")),
  creationTimestamp: optional(moment('When the object was created.')),
  deletionTimestamp: optional(moment('When the object will be deleted.')),
  deletionGracePeriodSeconds: optional(int64('Seconds to end gracefully before deletion.')),
  labels: optional(textMap('Labels: short texts to select by.')),
  annotations: optional(
    textMap(
      'Annotations: free texts. `assay.dev/callbacks` of an AnalysisRun holds its callbacks as a JSON array.',
    ),
  ),
  ownerReferences: optional(list(OwnerReferenceSchema, 'Owners of the object.')),
  finalizers: optional(list(text('Name of a finalizer.'), 'What must be done before deletion.')),
  managedFields: optional(
    list(openObject('Who manages which fields.'), 'Bookkeeping of the Kubernetes API server.'),
  ),
  selfLink: optional(text('Deprecated by Kubernetes, which no longer fills it in; old exports carry it.')),
});
/** See {@link ObjectMetaSchema}. */
export type ObjectMeta = Immutable<Static<typeof ObjectMetaSchema>>;

/** A Kubernetes object of the given kind. `apiVersion` and `kind` may be absent, as in the custom resource definitions. */
export const kubernetesObject = <const Kind extends string, Properties extends TProperties>(
  kind: Kind,
  description: string,
  properties: Properties,
) =>
  shape(kind, description, {
    apiVersion: optional(Type.Literal(API_VERSION, { description: 'API version.' })),
    kind: optional(Type.Literal(kind, { description: 'Kind.' })),
    metadata: optional(ObjectMetaSchema),
    ...properties,
  });
