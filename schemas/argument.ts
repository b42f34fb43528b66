import type { Static } from 'typebox';
import { type Immutable, optional, shape, text } from './shape.js';

/** A key of a Kubernetes Secret, or of a mounted file `<name>/<key>`. */
export const SecretKeyRefSchema = shape(
  'SecretKeyRef',
  'A key of a secret. Read when a measurement is taken; never stored.',
  {
    name: text('Name of the secret.'),
    key: text('Key in the secret.'),
  },
);
/** See {@link SecretKeyRefSchema}. */
export type SecretKeyRef = Immutable<Static<typeof SecretKeyRefSchema>>;

/** A field of the object that starts the run. */
export const FieldRefSchema = shape('FieldRef', 'A field of the Rollout that starts the run.', {
  fieldPath: text("Path of the field, e.g. metadata.labels['app'] or status.podTemplateHash."),
});
/** See {@link FieldRefSchema}. */
export type FieldRef = Immutable<Static<typeof FieldRefSchema>>;

/** Where the value of an argument comes from. */
export const ValueFromSchema = shape('ValueFrom', 'Where the value of an argument comes from.', {
  secretKeyRef: optional(SecretKeyRefSchema),
  fieldRef: optional(FieldRefSchema),
});
/** See {@link ValueFromSchema}. */
export type ValueFrom = Immutable<Static<typeof ValueFromSchema>>;

/** An argument of a template or run, used as `{{args.<name>}}`. */
export const ArgumentSchema = shape('Argument', 'An argument, used in metrics as {{args.<name>}}.', {
  name: text('Name of the argument.'),
  value: optional(text('Value. In a template: the default. Absent: the run must give it.')),
  valueFrom: optional(ValueFromSchema),
});
/** See {@link ArgumentSchema}. */
export type Argument = Immutable<Static<typeof ArgumentSchema>>;
