import { type Static, Type } from 'typebox';
import { MeasurementSchema } from './analysis-run-status.js';
import { choice, type Immutable, openObject, optional, shape, text, textMap } from './shape.js';

/** Version of the interface between Assay and plugins; another one is refused. */
export const PLUGIN_INTERFACE_VERSION = 1;

/** What a plugin is asked to do: also the last part of the URL of an HTTP plugin. */
export const PLUGIN_OPERATIONS = ['measure', 'resume', 'terminate', 'garbageCollect'] as const;
/** See {@link PLUGIN_OPERATIONS}. */
export type PluginOperation = (typeof PLUGIN_OPERATIONS)[number];

/** The run of a measurement, as plugins are told of it. */
const PluginRunSchema = shape('PluginRun', 'The run that is measured.', {
  id: text('Id of the run.'),
  name: text('Name of the run.'),
  namespace: text('Namespace of the run.'),
  startedAtMs: optional(Type.Number({ description: 'When the run began, in ms since 1970.' })),
});

/** The body of a request to an HTTP plugin. */
export const PluginRequestSchema = shape('PluginRequest', 'What an HTTP plugin is asked.', {
  interfaceVersion: Type.Integer({ description: `Always ${PLUGIN_INTERFACE_VERSION}.` }),
  plugin: text('Name of the plugin in the metric, for programs that are several.'),
  metric: text('Name of the metric.'),
  config: openObject("The plugin's own configuration of the metric, arguments filled in."),
  run: PluginRunSchema,
  measurementNumber: Type.Integer({
    description:
      'Which measurement of the metric this is, 1 for the first. The same number twice is the same measurement, asked again after a crash.',
  }),
  timeoutMs: Type.Number({ description: 'An answer after this time, in ms, is not waited for.' }),
  measurement: optional(MeasurementSchema),
  limit: optional(
    Type.Integer({ description: 'For garbageCollect: how many of the newest measurements to keep.' }),
  ),
});
/** See {@link PluginRequestSchema}. */
export type PluginRequest = Immutable<Static<typeof PluginRequestSchema>>;

/** What a plugin answers to measure, resume and terminate. */
export const PluginReadingSchema = shape(
  'PluginReading',
  'What a plugin found: a value for the conditions, a phase of its own, or that it needs more time.',
  {
    kind: choice(
      ['value', 'judged', 'running'],
      'value: the conditions judge `value`. judged: `phase` is the outcome. running: resume is called at `resumeAtMs`.',
    ),
    value: optional(Type.Unknown({ description: 'For value: any JSON; null when nothing was found.' })),
    phase: optional(choice(['Successful', 'Failed', 'Inconclusive', 'Error'], 'For judged: the outcome.')),
    resumeAtMs: optional(
      Type.Number({
        minimum: 0,
        description: 'For running: when to resume, in ms since 1970. Absent: in 10 s.',
      }),
    ),
    text: optional(text('What is shown as the value. Absent, for value: the value as JSON.')),
    message: optional(text('Why, for people.')),
    metadata: optional(textMap('Kept with the measurement, and given to resume and terminate.')),
    metricMetadata: optional(
      textMap('Kept with the metric: what is the same for all of its measurements. The last ones count.'),
    ),
  },
);
/** See {@link PluginReadingSchema}. */
export type PluginReading = Immutable<Static<typeof PluginReadingSchema>>;

/** The body of an answer of an HTTP plugin whose status is not 2xx. */
export const PluginFaultSchema = shape('PluginFault', 'Why an HTTP plugin could not do what it was asked.', {
  message: text('What users read, after "failed to run via plugin: ".'),
});
