import type { Scope } from '../../../schemas/index.js';

/** A call of the API under `/v1`. */
export interface ApiOperation {
  /** As in the OpenAPI document; names the change in the audit log. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in the OpenAPI document. */
  readonly path: string;
  /** What a caller must have in the namespace that is asked for. */
  readonly scope: Scope;
  /** It changes something, or reaches out with secrets of the service: it is in the audit log. */
  readonly isChange: boolean;
}

const operation = (
  id: string,
  method: ApiOperation['method'],
  path: string,
  scope: Scope,
  isChange = method !== 'GET',
): ApiOperation => ({ id, method, path: `/v1/${path}`, scope, isChange });

/** Every call, and the scope that it needs. One that is missing here needs `admin` everywhere. */
export const API_OPERATIONS: readonly ApiOperation[] = [
  operation('listRuns', 'GET', 'analysisruns', 'read'),
  operation('startRun', 'POST', 'analysisruns', 'run'),
  operation('readRun', 'GET', 'analysisruns/{id}', 'read'),
  operation('startRunWithId', 'PUT', 'analysisruns/{id}', 'run'),
  operation('forgetRun', 'DELETE', 'analysisruns/{id}', 'admin'),
  operation('runEvents', 'GET', 'analysisruns/{id}/events', 'read'),
  operation('terminateRun', 'POST', 'analysisruns/{id}/terminate', 'run'),
  operation('listDeliveries', 'GET', 'analysisruns/{id}/deliveries', 'read'),
  operation('redeliver', 'POST', 'analysisruns/{id}/deliveries/{delivery}/redeliver', 'admin'),
  operation('listTemplates', 'GET', 'analysistemplates', 'read'),
  operation('validateTemplate', 'POST', 'analysistemplates/validate', 'read', false),
  operation('measure', 'POST', 'measurements', 'run'),
];

const PATTERNS = API_OPERATIONS.map((each) => ({
  operation: each,
  // As the router matches: in any case, with or without a slash at the end.
  pattern: new RegExp(`^${each.path.replace(/\{\w+\}/g, '([^/]+)')}/?$`, 'i'),
}));

/** What a request asks for, and the run that its path names; undefined: nothing that there is. */
export function operationOf(
  method: string,
  path: string,
): { readonly operation: ApiOperation; readonly run?: string } | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const { operation: each, pattern } of PATTERNS) {
    const match = each.method === wanted ? pattern.exec(path) : null;
    if (match === null) continue;
    return { operation: each, ...(match[1] === undefined ? {} : { run: decoded(match[1]) }) };
  }
  return undefined;
}

/** A part of a path as the router gives it to a handler; one that can not be decoded is refused there. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return part;
  }
}
