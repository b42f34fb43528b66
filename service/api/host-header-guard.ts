import type { RequestHandler } from 'express';
import { RequestError } from './request-error.js';

/**
 * Refuses requests that were meant for another host. Without authentication, loopback is all that keeps others out; a web
 * page whose name is made to resolve to 127.0.0.1 (DNS rebinding) could else have the user's browser ask for it.
 * @param names host names of the service, without ports.
 */
export function hostHeaderGuard(names: readonly string[]): RequestHandler {
  const own = new Set(names.map(hostOf));
  return (request, _response, next) => {
    const host = request.headers.host ?? '';
    if (own.has(hostOf(host.replace(/:\d+$/, '')))) next();
    else
      throw new RequestError(
        403,
        `the host ${JSON.stringify(host)} is none of this service, which is not authenticated: use ${names.join(' or ')}`,
      );
  };
}

/** A host as URLs have it: in small letters, an IPv6 address in brackets and in its short form. */
function hostOf(host: string): string {
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`).hostname : host;
}
