import { type Static, Type } from 'typebox';
import { type Immutable, flag, list, openObject, optional, shape, text } from './shape.js';

/** Version of the interface between Assay and traffic plugins. */
export const TRAFFIC_PLUGIN_VERSION = 1;

const weight = (description: string) => Type.Integer({ minimum: 0, description });

const DestinationSchema = shape('TrafficDestination', 'A version, and its share of the traffic.', {
  serviceName: text('Name of its Service; empty: it has none.'),
  podTemplateHash: text('Hash of its pods; empty: there are none.'),
  weight: weight('Its share, of totalWeight.'),
});

/** The body of a request to a traffic plugin: all that is wanted, so that a request may be repeated and none be missed. */
export const TrafficPluginRequestSchema = shape(
  'TrafficPluginRequest',
  'What a traffic plugin is to bring about: all of it, so that a request may be repeated.',
  {
    interfaceVersion: Type.Integer({ description: `Always ${TRAFFIC_PLUGIN_VERSION}.` }),
    plugin: text('Name of the plugin in the Rollout, for programs that are several.'),
    config: Type.Unknown({ description: 'What stands below the name in the Rollout.' }),
    rollout: shape('TrafficRollout', 'The Rollout.', {
      namespace: text('Its namespace.'),
      name: text('Its name.'),
      uid: text('Its UID.'),
    }),
    totalWeight: weight('Weight that is all of the traffic.'),
    canary: DestinationSchema,
    stable: DestinationSchema,
    additional: list(DestinationSchema, 'Versions of experiments.'),
    headerRoutes: list(
      openObject('A route, as setHeaderRoute of the step.'),
      'Routes of headers that are in effect. Others that were made for this Rollout are taken away.',
    ),
    mirrorRoutes: list(
      openObject('A route, as setMirrorRoute of the step.'),
      'Routes that mirror. Others that were made for this Rollout are taken away.',
    ),
    managedRoutes: list(text('Name of a route.'), 'Names of the routes of the Rollout, first matched first.'),
  },
);
/** See {@link TrafficPluginRequestSchema}. */
export type TrafficPluginRequest = Immutable<Static<typeof TrafficPluginRequestSchema>>;

/** What a traffic plugin answers. */
export const TrafficPluginAnswerSchema = shape(
  'TrafficPluginAnswer',
  'What a traffic plugin has brought about.',
  {
    verified: optional(
      flag('true: it is in effect. false: not yet, ask again. Absent: written, and nothing more is known.'),
    ),
    message: optional(text('What is still to come, for people.')),
  },
);
/** See {@link TrafficPluginAnswerSchema}. */
export type TrafficPluginAnswer = Immutable<Static<typeof TrafficPluginAnswerSchema>>;
