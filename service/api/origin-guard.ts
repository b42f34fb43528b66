import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { RequestError } from './request-error.js';

/** Methods that change nothing. Their answers can not be read by pages of other origins. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something and were made by a web page of another origin: a browser sends a POST without a
 * body, such as one that terminates a run, for any page that its user looks at. What browsers say of the origin decides
 * (https://www.w3.org/TR/fetch-metadata/); a request that says nothing of it comes from a program, which sees no pages.
 */
export const originGuard: RequestHandler = ({ method, headers }, _response, next) => {
  if (!SAFE.has(method) && isForeign(headers))
    throw new RequestError(403, 'a web page of another origin may not ask for this');
  next();
};

function isForeign({ host = '', origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  // The browser's own word: it also holds behind a proxy that changes the host.
  if (typeof site === 'string') return site !== 'same-origin' && site !== 'none';
  return (
    origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === hostWithPort(host, origin))
  );
}

/** A host as the URL of an origin has it: without the port that goes without saying. */
function hostWithPort(host: string, origin: string): string {
  const url = `${new URL(origin).protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : '';
}
