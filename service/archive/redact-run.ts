import type { ArchivedRun } from '../../schemas/index.js';
import { redactUrl } from '../providers/index.js';

/** What stands in place of a credential. */
const REDACTED = '[redacted]';
/** Names of fields, headers and arguments that hold credentials. */
const CREDENTIAL =
  /^cookie2?$|^(?:x-)?api-?key$|authorization|token$|secret|password|passwd|credential|private-?key|signature|[-_]key$/i;
/** Fields of a spec that name a place to read a secret from, and so hold none. */
const REFERENCE = /^secretKeyRef$|secretRef$|^tokenUrl$/i;
/** A text that is nothing but arguments, such as `Bearer {{args.token}}`: secrets are filled in elsewhere. */
const ONLY_ARGUMENTS = /^(?:\w+ )?\{\{[^{}]*\}\}$/;
const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * The run as it may lie in an archive for years, which more people can read than the service: credentials that were written
 * into the spec by hand, instead of coming from a secret, are taken out of headers, fields, arguments and URLs.
 */
export function redactRun(archived: ArchivedRun): ArchivedRun {
  const { run } = archived;
  return { ...archived, run: { ...run, spec: redacted(run.spec) } };
}

function redacted<Value>(value: Value): Value;
function redacted(value: unknown): unknown {
  if (typeof value === 'string') return URL_LIKE.test(value) ? redactedUrl(value) : value;
  if (Array.isArray(value)) return value.map((each: unknown) => redacted(each));
  if (typeof value !== 'object' || value === null) return value;
  const named = nameOf(value);
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]: [string, unknown]) => {
      if (REFERENCE.test(field)) return [field, inner];
      const isSecret = CREDENTIAL.test(field) || (field === 'value' && CREDENTIAL.test(named));
      return [field, isSecret ? hidden(inner) : redacted(inner)];
    }),
  );
}

/** The name under which a header (`key`) or an argument (`name`) has its value. */
function nameOf(value: object): string {
  for (const field of ['key', 'name']) {
    const name: unknown = Object.getOwnPropertyDescriptor(value, field)?.value;
    if (typeof name === 'string') return name;
  }
  return '';
}

function hidden(value: unknown): unknown {
  if (typeof value === 'string') return ONLY_ARGUMENTS.test(value) ? value : REDACTED;
  return redacted(value);
}

/** Queries stay, as they are what was asked; user and password go, and with them the query, which may hold keys. */
const redactedUrl = (url: string): string =>
  /^[^/]*\/\/[^/?#]*@/.test(url) || /[?&][^=&]*(?:key|token|secret|password|sig)[^=&]*=/i.test(url)
    ? redactUrl(url)
    : url;
