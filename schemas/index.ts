/** The door of `schemas/`: every shape, once. */
export * from './access.js';
export * from './analysis-run-status.js';
export * from './analysis-run.js';
export * from './analysis-template.js';
export * from './archived-run.js';
export * from './argument.js';
export * from './authentication.js';
export type { ReplicaSet, Service } from './cluster-objects.js';
export {
  API_VERSION,
  CLUSTER_LABEL,
  HOME_CLUSTER,
  type IntOrString,
  IntOrStringSchema,
  type ObjectMeta,
  ObjectMetaSchema,
} from './kubernetes.js';
export {
  type DocumentKind,
  type Documents,
  faultsBeyond,
  type Validation,
  validateDocument,
} from './documents/validate.js';
export { refusedFaults } from './documents/unknown-fields.js';
export {
  MAX_TEXT_BYTES,
  type ParsedDocument,
  type ParseOptions,
  parseDocuments,
} from './documents/parse-documents.js';
export {
  DocumentTextError,
  excerptAt,
  type Position,
  type TextFault,
  type TextFaultCode,
} from './documents/text-fault.js';
export * from './config.js';
export { isList, isObject, type JsonSchema } from './documents/json-schema.js';
export { nearMiss } from './documents/near-miss.js';
export { expectation } from './documents/schema-faults.js';
export { chartValuesFile, jsonSchemaFiles, openApiComponents } from './json-files.js';
export { crdFiles } from './crds/definitions.js';
export * from './experiment.js';
export * from './metric.js';
export * from './notifications.js';
export * from './plugin-protocol.js';
export * from './problem.js';
export * from './provider-configs.js';
export * from './providers/index.js';
export * from './rollout/index.js';
export * from './rollout-event.js';
export * from './run-request.js';
export type { Immutable } from './shape.js';
export * from './template-list.js';
export * from './traffic-plugin.js';
export * from './webhook.js';
