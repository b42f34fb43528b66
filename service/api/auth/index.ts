/** The door of `auth/`: who asks, and what they may do. */
export { readAccess } from './access-file.js';
export { type AuthenticateDeps, createAuthenticate } from './authenticate.js';
export type { Authenticate } from './authenticator.js';
export {
  createTemplatesOf,
  readDocumentFor,
  readDocumentToCheck,
  type TemplatesOf,
} from './caller-documents.js';
export { type CallerEngine, createEngineOf, type EngineOf } from './caller-engine.js';
export { auditOf, createGuard, type Guard } from './guard.js';
export type { ReviewedToken, ReviewToken } from './kubernetes-tokens.js';
export { API_OPERATIONS } from './operations.js';
export { type WatchedAccess, watchAccess } from './watched-access.js';
