import express, { type Request, type RequestHandler } from 'express';
import { DocumentTextError, type ParsedDocument, parseDocuments } from '../../schemas/index.js';
import { RequestError } from './request-error.js';

/** Bytes of a request body beyond which it is refused. */
const MAX_BODY_BYTES = 256 * 1024;

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/x-yaml', 'text/yaml'];

/**
 * Reads the body of a request as text. Other media types are refused with 415: forms and plain text are what a foreign
 * web page could send without being asked for its origin.
 */
export function bodyReader(): RequestHandler[] {
  return [
    (request, _response, next) => {
      if (request.is(MEDIA_TYPES) === false || request.get('content-type') === undefined) {
        const given = request.get('content-type') ?? 'none';
        throw new RequestError(
          415,
          `Content-Type must be application/json or application/yaml, not ${given}`,
        );
      }
      next();
    },
    express.text({ type: MEDIA_TYPES, limit: MAX_BODY_BYTES }),
  ];
}

/**
 * The one document of a body. JSON is read as YAML, which it is a part of.
 * @throws RequestError (400) with the place of what is malformed.
 */
export function readDocument(request: Request): ParsedDocument {
  const body: unknown = request.body;
  const documents = parsed(typeof body === 'string' ? body : '');
  const [document, another] = documents;
  if (document === undefined) throw new RequestError(400, 'the body is empty');
  if (another !== undefined)
    throw new RequestError(400, `the body has ${documents.length} documents, not one`);
  return document;
}

function parsed(text: string): readonly ParsedDocument[] {
  try {
    return parseDocuments(text, { maxBytes: MAX_BODY_BYTES });
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    throw new RequestError(400, error.message);
  }
}
