import type { TSchema } from 'typebox';
import { stringify } from 'yaml';
import { AnalysisRunSchema } from '../analysis-run.js';
import { AnalysisTemplateSchema, ClusterAnalysisTemplateSchema } from '../analysis-template.js';
import type { JsonSchema } from '../documents/json-schema.js';
import { ExperimentSchema } from '../experiment.js';
import { API_VERSION } from '../kubernetes.js';
import { RolloutSchema } from '../rollout/index.js';
import { MERGED_POD_TEMPLATE } from './pod-template.js';
import { structural } from './structural.js';
import type { StructuralSchema } from './structural-schema.js';

/** A column of `kubectl get`. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1: only with `-o wide`. */
  readonly priority?: 1;
}

/** A custom resource. Names and columns are Argo Rollouts', with columns of ours between them. */
interface Resource {
  readonly schema: TSchema;
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly columns: readonly Column[];
  readonly subresources: Readonly<Record<string, unknown>>;
}

const AGE: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since resource was created',
};
const count = (name: string, jsonPath: string, description: string): Column => ({
  ...{ name, type: 'integer', jsonPath, description },
});
const phase = (description: string): Column => ({
  ...{ name: 'Status', type: 'string', jsonPath: '.status.phase', description },
});
const MESSAGE: Column = {
  ...{ name: 'Message', type: 'string', jsonPath: '.status.message' },
  ...{ description: 'Why it is in this status', priority: 1 },
};
/** Only its status is written by `…/status`, so that whoever may create a run can not write its verdict. */
const STATUS = { status: {} };

const RESOURCES: readonly Resource[] = [
  {
    ...{ schema: RolloutSchema, kind: 'Rollout', plural: 'rollouts', shortName: 'ro', scope: 'Namespaced' },
    columns: [
      count('Desired', '.spec.replicas', 'Number of desired pods'),
      count('Current', '.status.replicas', 'Number of pods'),
      count('Up-to-date', '.status.updatedReplicas', 'Number of pods of the newest version'),
      count('Available', '.status.availableReplicas', 'Number of available pods'),
      AGE,
    ],
    subresources: {
      ...STATUS,
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.HPAReplicas',
        labelSelectorPath: '.status.selector',
      },
    },
  },
  {
    ...{ schema: AnalysisRunSchema, kind: 'AnalysisRun', plural: 'analysisruns' },
    ...{ shortName: 'ar', scope: 'Namespaced', subresources: STATUS },
    columns: [
      phase('AnalysisRun status'),
      count('Metrics', '.status.runSummary.count', 'Number of metrics that decide'),
      count('Successful', '.status.runSummary.successful', 'Number of those that are successful'),
      MESSAGE,
      AGE,
    ],
  },
  {
    ...{ schema: AnalysisTemplateSchema, kind: 'AnalysisTemplate', plural: 'analysistemplates' },
    ...{ shortName: 'at', scope: 'Namespaced', columns: [AGE], subresources: {} },
  },
  {
    ...{ schema: ClusterAnalysisTemplateSchema, kind: 'ClusterAnalysisTemplate' },
    ...{ plural: 'clusteranalysistemplates', shortName: 'cat', scope: 'Cluster' },
    ...{ columns: [AGE], subresources: {} },
  },
  {
    ...{ schema: ExperimentSchema, kind: 'Experiment', plural: 'experiments', shortName: 'exp' },
    ...{ scope: 'Namespaced', columns: [phase('Experiment status'), MESSAGE, AGE], subresources: {} },
  },
];

const [GROUP = '', VERSION = ''] = API_VERSION.split('/');

/** Texts of the custom resource definitions by file name, as they stand in the chart. */
export function crdFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    RESOURCES.map((resource) => [
      `${resource.plural}.yaml`,
      // Generated: whatever is changed there is lost.
      `# Written by \`npm run schemas\`.\n${stringify(definition(resource), { lineWidth: 0, aliasDuplicateObjects: false })}`,
    ]),
  );
}

function definition({ schema, kind, plural, shortName, scope, columns, subresources }: Resource) {
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [shortName] },
      scope,
      versions: [
        {
          ...{ name: VERSION, served: true, storage: true, subresources },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: rootSchema(schema) },
        },
      ],
    },
  };
}

function rootSchema({ description, properties = {}, required = [] }: JsonSchema): StructuralSchema {
  const { spec, status } = properties;
  if (spec === undefined) throw new TypeError('a resource without a spec');
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    ...(required.length === 0 ? {} : { required }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      // The API server knows its fields.
      metadata: { type: 'object' },
      spec: withMergedTemplate(withFixedSelector(structural(spec, { enums: true }))),
      ...(status === undefined ? {} : { status: structural(withoutVerdict(status), { enums: false }) }),
    },
  };
}

/** The verdict follows from the phase; objects have Argo Rollouts' fields only. */
function withoutVerdict(status: JsonSchema): JsonSchema {
  const { verdict: _verdict, ...properties } = status.properties ?? {};
  return { ...status, properties };
}

/** The pods of a workload that changed its selector would belong to nobody. */
function withFixedSelector(spec: StructuralSchema): StructuralSchema {
  const { selector } = spec.properties ?? {};
  if (selector === undefined) return spec;
  const rules = [{ rule: 'self == oldSelf', message: '.spec.selector is immutable' }];
  return {
    ...spec,
    properties: { ...spec.properties, selector: { ...selector, 'x-kubernetes-validations': rules } },
  };
}

/** Several may manage the pods of a workload, each of them other fields. */
function withMergedTemplate(spec: StructuralSchema): StructuralSchema {
  const { template } = spec.properties ?? {};
  if (template === undefined) return spec;
  return { ...spec, properties: { ...spec.properties, template: { ...template, ...MERGED_POD_TEMPLATE } } };
}
