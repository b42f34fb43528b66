/** The door of `api/`: the HTTP surface over an engine. */
export { type ApiDeps, createApi, createProbes } from './create-api.js';
export { type KnownTemplates, type TemplateListing, templatesFor } from './known-templates.js';
