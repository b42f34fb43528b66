import { ALL_NAMESPACES, type Scope, SCOPES } from '../../../schemas/index.js';

/** Scopes that hold in some namespaces. */
export interface Grant {
  readonly scopes: readonly Scope[];
  /** Names of namespaces; `*` is every one. */
  readonly namespaces: readonly string[];
}

/** Who asks, and what they may do. */
export interface Caller {
  /** For the audit log and the evidence of runs: `token:ci`, `oidc:github:repo:…`, `kubernetes:system:serviceaccount:…`. */
  readonly id: string;
  readonly grants: readonly Grant[];
}

/** Everybody, where requests are not authenticated. */
export const ANONYMOUS: Caller = {
  id: 'anonymous',
  grants: [{ scopes: ['admin'], namespaces: [ALL_NAMESPACES] }],
};

/** The namespace of a run that names none. */
export const DEFAULT_NAMESPACE = 'default';

/** The namespaces in which a caller has a scope: a set, or all of them. */
export type Namespaces = ReadonlySet<string> | 'all';

/** Whether a caller has a scope, or one that includes it, in a namespace. */
export const may = (caller: Caller, scope: Scope, namespace: string): boolean =>
  caller.grants.some((grant) => holds(grant, scope) && covers(grant, namespace));

/** The namespaces in which a caller has a scope. */
export function namespacesOf(caller: Caller, scope: Scope): Namespaces {
  const grants = caller.grants.filter((grant) => holds(grant, scope));
  if (grants.some(({ namespaces }) => namespaces.includes(ALL_NAMESPACES))) return 'all';
  return new Set(grants.flatMap(({ namespaces }) => namespaces));
}

/** Each scope includes those before it. */
const holds = ({ scopes }: Grant, wanted: Scope): boolean =>
  scopes.some((scope) => SCOPES.indexOf(scope) >= SCOPES.indexOf(wanted));

const covers = ({ namespaces }: Grant, namespace: string): boolean =>
  namespaces.includes(ALL_NAMESPACES) || namespaces.includes(namespace);
