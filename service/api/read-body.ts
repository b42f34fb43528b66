import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import { DocumentTextError, type ParsedDocument, parseDocuments } from '../../schemas/index.js';
import { RequestError } from './request-error.js';

/** Bytes of a request body beyond which it is refused. */
const MAX_BODY_BYTES = 256 * 1024;

/** Tokens of YAML beyond which a body is refused; about 125 kB of specs. JSON, which is read much faster, has no such limit. */
const MAX_BODY_TOKENS = 25_000;

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/x-yaml', 'text/yaml'];

/**
 * Reads the body of a request as text. Other media types are refused with 415: forms and plain text are what a foreign
 * web page could send without being asked for its origin.
 */
export function bodyReader(): RequestHandler[] {
  return [
    (request, _response, next) => {
      if (request.is(MEDIA_TYPES) === false || request.get('content-type') === undefined) {
        const given = request.get('content-type') || 'none';
        throw new RequestError(
          415,
          `Content-Type must be application/json or application/yaml, not ${given}`,
        );
      }
      const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.get('content-type') ?? '')?.[1];
      if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset))
        throw new RequestError(415, `unsupported charset "${charset.toUpperCase()}": send UTF-8`);
      next();
    },
    express.raw({ type: MEDIA_TYPES, limit: MAX_BODY_BYTES }),
  ];
}

/**
 * The one document of a body, JSON or YAML.
 * @throws RequestError (400) with the place of what is malformed.
 */
export function readDocument(request: Request): ParsedDocument {
  const body: unknown = request.body;
  const documents = parsed(body instanceof Uint8Array ? decoded(body) : '');
  const [document, another] = documents;
  if (document === undefined) throw new RequestError(400, 'the body is empty');
  if (another !== undefined)
    throw new RequestError(400, `the body has ${documents.length} documents, not one`);
  return document;
}

/** Bytes that are no UTF-8 would become other text than was sent. */
function decoded(body: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  if (isUtf8(body)) return text;
  const encoded = new TextEncoder().encode(text);
  const at = body.findIndex((byte, index) => byte !== encoded[index]);
  const before = body.subarray(0, at);
  const line = before.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 1);
  const column = new TextDecoder().decode(before.subarray(before.lastIndexOf(0x0a) + 1)).length + 1;
  const byte = (body[at] ?? 0).toString(16).padStart(2, '0');
  throw new RequestError(400, `${line}:${column}: the body is not UTF-8: byte 0x${byte}`);
}

function parsed(text: string): readonly ParsedDocument[] {
  try {
    return parseDocuments(text, { maxBytes: MAX_BODY_BYTES, maxTokens: MAX_BODY_TOKENS });
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    throw new RequestError(400, error.message);
  }
}
