/** The door of `auth/`: who asks, and what they may do. */
export type { Authenticate } from './authenticator.js';
export {
  createTemplatesOf,
  readDocumentFor,
  readDocumentToCheck,
  type TemplatesOf,
} from './caller-documents.js';
export { type CallerEngine, createEngineOf, type EngineOf } from './caller-engine.js';
export { DEFAULT_NAMESPACE } from './caller.js';
export { checkAccess } from './check-access.js';
export { auditOf, createGuard, type Guard, stillHolds } from './guard.js';
export { openAccess } from './open-access.js';
export { API_OPERATIONS } from './operations.js';
