import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Static, type TSchema, Type } from 'typebox';
import { type AccessFile, AccessFileSchema } from '../access.js';
import { type AnalysisRun, AnalysisRunSchema } from '../analysis-run.js';
import {
  type AnalysisTemplate,
  AnalysisTemplateSchema,
  type ClusterAnalysisTemplate,
  ClusterAnalysisTemplateSchema,
} from '../analysis-template.js';
import {
  PodSchema,
  type ReplicaSet,
  ReplicaSetSchema,
  type Service,
  ServiceSchema,
  WorkloadSchema,
} from '../cluster-objects.js';
import { type Experiment, ExperimentSchema } from '../experiment.js';
import { type NotificationsFile, NotificationsFileSchema } from '../notifications.js';
import { type PluginReading, PluginReadingSchema } from '../plugin-protocol.js';
import type { Fault } from '../problem.js';
import { type ProviderConfigs, ProviderConfigsSchema } from '../provider-configs.js';
import {
  type Callback,
  CallbackSchema,
  type MeasurementRequest,
  MeasurementRequestSchema,
  type RunRequest,
  RunRequestSchema,
} from '../run-request.js';
import {
  type GatewayApiRouting,
  GatewayApiRoutingSchema,
  type Rollout,
  RolloutSchema,
} from '../rollout/index.js';
import { type NotificationRecord, NotificationRecordSchema } from '../rollout-event.js';
import type { Immutable } from '../shape.js';
import { type TrafficPluginAnswer, TrafficPluginAnswerSchema } from '../traffic-plugin.js';
import { clean, MAX_OPEN_DEPTH, MAX_VALUES } from './clean.js';
import { isObject } from './json-schema.js';
import { formatPath } from './path.js';
import { schemaFaults } from './schema-faults.js';
import { judgeUnknownField } from './unknown-fields.js';

/** The documents that come from outside, by the name under which they are validated. */
export interface Documents {
  readonly AnalysisTemplate: AnalysisTemplate;
  readonly ClusterAnalysisTemplate: ClusterAnalysisTemplate;
  readonly AnalysisRun: AnalysisRun;
  readonly Rollout: Rollout;
  readonly Experiment: Experiment;
  readonly ReplicaSet: ReplicaSet;
  readonly Service: Service;
  readonly Pod: Immutable<Static<typeof PodSchema>>;
  readonly Workload: Immutable<Static<typeof WorkloadSchema>>;
  readonly RunRequest: RunRequest;
  readonly MeasurementRequest: MeasurementRequest;
  /** The annotation `assay.dev/callbacks`, parsed. */
  readonly Callbacks: readonly Callback[];
  readonly ProviderConfigs: ProviderConfigs;
  readonly AccessFile: AccessFile;
  readonly Notifications: NotificationsFile;
  /** What is still to be told of a Rollout, as its annotation keeps it. */
  readonly NotificationRecord: NotificationRecord;
  /** The answer of a plugin; its `value` is somebody else's JSON and is kept apart. */
  readonly PluginReading: PluginReading;
  readonly GatewayApiRouting: GatewayApiRouting;
  readonly TrafficPluginAnswer: TrafficPluginAnswer;
}
/** See {@link Documents}. */
export type DocumentKind = keyof Documents;

/** The outcome of {@link validateDocument}. */
export interface Validation<Document> {
  /** What must be changed. */
  readonly errors: readonly Fault[];
  /** What is ignored and probably not meant. */
  readonly warnings: readonly Fault[];
  /** There are no errors: the document without nulls and unknown fields, as the Kubernetes API server would store it. */
  readonly value?: Document;
  /** All errors are of fields that the shape does not have: what is wrong beyond them can be looked for. */
  readonly beyond?: {
    /** The document without them. */
    readonly document: Document;
    /** Paths of the fields that were probably meant: that they are not set is no other fault. */
    readonly meant: ReadonlySet<string>;
  };
}

/**
 * What somebody finds in a document of which only the names of some fields are wrong; nothing for any other. What follows from
 * a name that is wrong is left out.
 */
export function faultsBeyond<Document>(
  { beyond }: Validation<Document>,
  look: (document: Document) => readonly Fault[],
): readonly Fault[] {
  if (beyond === undefined) return [];
  return look(beyond.document).filter(({ path }) => !beyond.meant.has(path));
}

/** Options of {@link validateDocument}. */
export interface ValidationOptions {
  /**
   * `judged`, the default: somebody wrote the document, and each is told of. `dropped`: it is as an API server has it, which
   * knows more fields than are read here.
   */
  readonly unknownFields?: 'judged' | 'dropped';
}

const SCHEMAS: Readonly<Record<DocumentKind, TSchema>> = {
  AnalysisTemplate: AnalysisTemplateSchema,
  ClusterAnalysisTemplate: ClusterAnalysisTemplateSchema,
  AnalysisRun: AnalysisRunSchema,
  Rollout: RolloutSchema,
  Experiment: ExperimentSchema,
  ReplicaSet: ReplicaSetSchema,
  Service: ServiceSchema,
  Pod: PodSchema,
  Workload: WorkloadSchema,
  RunRequest: RunRequestSchema,
  MeasurementRequest: MeasurementRequestSchema,
  Callbacks: Type.Array(CallbackSchema),
  ProviderConfigs: ProviderConfigsSchema,
  AccessFile: AccessFileSchema,
  Notifications: NotificationsFileSchema,
  NotificationRecord: NotificationRecordSchema,
  PluginReading: PluginReadingSchema,
  GatewayApiRouting: GatewayApiRoutingSchema,
  TrafficPluginAnswer: TrafficPluginAnswerSchema,
};

/** Moments are whatever reads them takes: only the API server is as strict as clients with Go's types are. */
const formats = { 'date-time': true } as const;
const ajv = new Ajv2020({ allErrors: true, strict: true, verbose: true, formats });
/** Compiled when first needed: the command line validates one kind and should not wait for all. */
const VALIDATORS: { readonly [Kind in DocumentKind]: () => ValidateFunction<Documents[Kind]> } = {
  AnalysisTemplate: compiledOnce(SCHEMAS.AnalysisTemplate),
  ClusterAnalysisTemplate: compiledOnce(SCHEMAS.ClusterAnalysisTemplate),
  AnalysisRun: compiledOnce(SCHEMAS.AnalysisRun),
  Rollout: compiledOnce(SCHEMAS.Rollout),
  Experiment: compiledOnce(SCHEMAS.Experiment),
  ReplicaSet: compiledOnce(SCHEMAS.ReplicaSet),
  Service: compiledOnce(SCHEMAS.Service),
  Pod: compiledOnce(SCHEMAS.Pod),
  Workload: compiledOnce(SCHEMAS.Workload),
  RunRequest: compiledOnce(SCHEMAS.RunRequest),
  MeasurementRequest: compiledOnce(SCHEMAS.MeasurementRequest),
  Callbacks: compiledOnce(SCHEMAS.Callbacks),
  ProviderConfigs: compiledOnce(SCHEMAS.ProviderConfigs),
  AccessFile: compiledOnce(SCHEMAS.AccessFile),
  Notifications: compiledOnce(SCHEMAS.Notifications),
  NotificationRecord: compiledOnce(SCHEMAS.NotificationRecord),
  PluginReading: compiledOnce(SCHEMAS.PluginReading),
  GatewayApiRouting: compiledOnce(SCHEMAS.GatewayApiRouting),
  TrafficPluginAnswer: compiledOnce(SCHEMAS.TrafficPluginAnswer),
};

function compiledOnce<Document>(schema: TSchema): () => ValidateFunction<Document> {
  let compiled: ValidateFunction<Document> | undefined;
  return () => (compiled ??= ajv.compile<Document>(schema));
}

/** Faults of one kind that are listed; a document with more is not a spec that somebody is writing. */
const MAX_FAULTS = 200;

/**
 * Checks the shape of a parsed document and lists everything that is wrong with it. What Argo Rollouts' custom resource
 * definitions accept is accepted; rules across fields (two providers in one metric, unknown arguments) are the
 * analysis' own. Never throws, whatever JSON it is given, and its work is bounded.
 *
 * The status of an AnalysisRun is written by the service: one that is malformed is ignored with a warning.
 */
export function validateDocument<Kind extends DocumentKind>(
  kind: Kind,
  document: unknown,
  { unknownFields = 'judged' }: ValidationOptions = {},
): Validation<Documents[Kind]> {
  const checked = check(kind, document, unknownFields);
  if (kind !== 'AnalysisRun' || !isObject(document) || !checked.errors.some(isAboutStatus)) return checked;
  const { status: _status, ...rest } = document;
  const { warnings, ...others } = check(kind, rest, unknownFields);
  const ignored = checked.errors
    .filter(isAboutStatus)
    .map(({ path, message }) => ({ path, message: `${message} (the status is ignored)` }));
  return { ...others, warnings: [...warnings, ...ignored] };
}

const isAboutStatus = ({ path }: Fault): boolean => /^status(?:$|[.[])/.test(path);

const collator = new Intl.Collator('en', { numeric: true });

/** Faults of one place stand together, metrics[2] before metrics[10]. */
const byPath = (left: Fault, right: Fault): number => collator.compare(left.path, right.path);

function check<Kind extends DocumentKind>(
  kind: Kind,
  document: unknown,
  unknownFields: NonNullable<ValidationOptions['unknownFields']>,
): Validation<Documents[Kind]> {
  const schema = SCHEMAS[kind];
  const cleaned = clean(schema, document);
  if (cleaned.tooLarge)
    return { errors: [{ path: '', message: `too large: more than ${MAX_VALUES} values` }], warnings: [] };

  const unknown = (unknownFields === 'dropped' ? [] : cleaned.unknown)
    .slice(0, MAX_FAULTS)
    .map((field) => judgeUnknownField(schema, document, field));
  const validate = VALIDATORS[kind]();
  const value = cleaned.value;
  const valid = validate(value);
  const meant = new Set(unknown.flatMap((fault) => fault.meant ?? []));
  const shapeFaults = schemaFaults(validate.errors ?? [], document, MAX_FAULTS);

  const errors = [
    ...unknown.filter(({ severity }) => severity === 'error').map(({ fault }) => fault),
    ...cleaned.tooDeep.slice(0, MAX_FAULTS).map(
      (path): Fault => ({
        path: formatPath(path),
        message: `nested more than ${MAX_OPEN_DEPTH} levels deep`,
      }),
    ),
    // A required field that is there under a misspelt name is one mistake, not two.
    ...shapeFaults.filter((fault) => !(fault.message === 'is required' && meant.has(fault.path))),
  ];
  const warnings = unknown.filter(({ severity }) => severity === 'warning').map(({ fault }) => fault);
  if (unknownFields === 'judged' && cleaned.unknown.length > MAX_FAULTS)
    warnings.push({ path: '', message: `${cleaned.unknown.length - MAX_FAULTS} more unknown fields` });
  errors.sort(byPath);
  warnings.sort(byPath);
  if (!valid || cleaned.tooDeep.length > 0) return { errors, warnings };
  return errors.length === 0
    ? { errors, warnings, value }
    : { errors, warnings, beyond: { document: value, meant } };
}
