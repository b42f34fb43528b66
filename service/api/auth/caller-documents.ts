import type { Request } from 'express';
import type { ParsedDocument, Scope } from '../../../schemas/index.js';
import { readDocument } from '../read-body.js';
import type { KnownTemplates } from '../templates/known-templates.js';
import { type Caller, DEFAULT_NAMESPACE, namespacesOf } from './caller.js';
import { auditOf, callerOf, requireScope } from './guard.js';

/**
 * The document of a request, which may ask for something in its namespace if the caller has the scope there. That is looked
 * at before anything else is: what is said of its faults would tell what there is.
 * @throws RequestError (403), and what {@link readDocument} throws.
 */
export function readDocumentFor(request: Request, scope: Scope): ParsedDocument {
  const document = readDocument(request);
  const namespace = namespaceIn(document.value) ?? DEFAULT_NAMESPACE;
  auditOf(request, { namespace });
  requireScope(callerOf(request), scope, namespace);
  return document;
}

/**
 * The document of a request that only asks what is wrong with it. One that names no namespace is for none yet.
 * @throws RequestError (403), and what {@link readDocument} throws.
 */
export function readDocumentToCheck(request: Request): ParsedDocument {
  const document = readDocument(request);
  const namespace = namespaceIn(document.value);
  if (namespace !== undefined) requireScope(callerOf(request), 'read', namespace);
  return document;
}

/** The namespace that a body names, which is not validated yet: what is no text is none. */
function namespaceIn(value: unknown): string | undefined {
  const namespace = fieldOf(fieldOf(value, 'metadata'), 'namespace');
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** The templates that whoever asks may know of. */
export type TemplatesOf = (request: Request) => KnownTemplates;

/** The templates for each request, see {@link templatesFor}. */
export const createTemplatesOf =
  (templates: KnownTemplates): TemplatesOf =>
  (request) =>
    visibleTemplates(templates, callerOf(request));

/** Those of the namespaces that the caller may read, and those for all. Faults of files are for who may read everything. */
function visibleTemplates(known: KnownTemplates, caller: Caller): KnownTemplates {
  const readable = namespacesOf(caller, 'read');
  if (readable === 'all') return known;
  return {
    async list() {
      const { templates, clusterTemplates } = await known.list();
      const isVisible = (namespace: string | undefined): boolean =>
        namespace === undefined || namespace === '' || readable.has(namespace);
      return {
        templates: templates.filter(({ metadata }) => isVisible(metadata?.namespace)),
        clusterTemplates,
        errors: [],
      };
    },
  };
}
