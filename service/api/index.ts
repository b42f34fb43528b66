/** The door of `api/`: the HTTP surface over an engine. */
export { openAccess } from './auth/index.js';
export { checkApiSettings } from './check-settings.js';
export { type ApiDeps, createApi, createProbes } from './create-api.js';
export { listen } from './listen.js';
export type { KnownTemplates, TemplateListing } from './templates/known-templates.js';
export { openTemplates } from './templates/open-templates.js';
