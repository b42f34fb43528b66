import { type AccessRule, ALL_NAMESPACES } from '../../../schemas/index.js';
import type { Grant } from './caller.js';

/** What an issuer says of a caller. */
export type Claims = Readonly<Record<string, unknown>>;

/** Names that a claim may give to a namespace: above all not `*`, which would be all of them. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The grants of the rules that match the claims, added up; none: the issuer is trusted, and the caller may do nothing. */
export function grantsOf(claims: Claims, rules: readonly AccessRule[]): readonly Grant[] {
  return rules
    .filter(({ match }) =>
      match.every(({ claim, values }) =>
        textsOf(claimOf(claims, claim)).some((text) => values.includes(text)),
      ),
    )
    .map(({ scopes, namespaces = [], namespacesFrom }) => ({
      scopes,
      namespaces: [
        ...namespaces,
        ...(namespacesFrom === undefined ? [] : textsOf(claimOf(claims, namespacesFrom)).filter(isNamespace)),
      ],
    }))
    .filter(({ namespaces }) => namespaces.length > 0);
}

/** The value of a claim by its name, or by a path into objects: a name with dots goes first, as URLs are names of claims too. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** The texts of a claim: one, or those of a list. Nothing else is compared. */
export function textsOf(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) =>
    typeof item === 'string'
      ? [item]
      : typeof item === 'number' || typeof item === 'boolean'
        ? [String(item)]
        : [],
  );
}

const isNamespace = (text: string): boolean => text !== ALL_NAMESPACES && NAMESPACE.test(text);
