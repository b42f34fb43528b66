import { RequestError } from './request-error.js';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const KEY = '[A-Za-z0-9][A-Za-z0-9._/-]*';
const EQUALITY = new RegExp(`^(${KEY})\\s*(==?|!=)\\s*([A-Za-z0-9._-]*)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);
const MEMBERSHIP = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);

/**
 * A label selector as `kubectl -l` takes it: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)` and `a notin (b,c)`, joined by commas,
 * all of which must hold. As there, `!=` and `notin` hold for an object without the label.
 * @throws RequestError (400) when it is none.
 */
export function labelSelector(text: string): Requirement {
  const requirements = text.split(/,(?![^(]*\))/).map((part) => requirement(part.trim()));
  return (labels) => requirements.every((holds) => holds(labels));
}

function requirement(part: string): Requirement {
  const [, equalKey, operator, wanted] = EQUALITY.exec(part) ?? [];
  if (equalKey !== undefined)
    return (labels) => (valueOf(labels, equalKey) === wanted) === (operator !== '!=');
  const [, negation, key] = EXISTENCE.exec(part) ?? [];
  if (key !== undefined) return (labels) => Object.hasOwn(labels, key) === (negation === '');
  const [, memberKey, membership, list = ''] = MEMBERSHIP.exec(part) ?? [];
  if (memberKey === undefined)
    throw new RequestError(400, `selector: ${JSON.stringify(part)} is no requirement such as app=checkout`);
  const values = new Set<string | undefined>(list.split(',').map((value) => value.trim()));
  return (labels) => values.has(valueOf(labels, memberKey)) === (membership === 'in');
}

const valueOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;
