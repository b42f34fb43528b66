import { compareUtf8 } from '../go-json.js';
import { PathError } from './path-error.js';
import { GoInteger, type PathValue } from './values.js';

/** The operators of filters. */
const OPERATORS: Readonly<Record<string, (left: Basic, right: Basic) => boolean>> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': less,
  '<=': (left, right) => less(left, right) || equal(left, right),
  '>': (left, right) => !(less(left, right) || equal(left, right)),
  '>=': (left, right) => !less(left, right),
};

type Basic = GoInteger | boolean | number | string;

/**
 * Compares two values as Kubernetes' filters do: only values of one kind, so that `@.v > 2` fails for a number of a
 * document (a float64) where `@.v > 2.0` works. Throws {@link PathError} for kinds that can not be compared.
 */
export function compare(left: PathValue, operator: string, right: PathValue): boolean {
  const decide = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (decide === undefined) throw new PathError(`unrecognized filter operator ${operator}`);
  return decide(basic(left), basic(right));
}

function equal(left: Basic, right: Basic): boolean {
  if (left instanceof GoInteger && right instanceof GoInteger) return left.value === right.value;
  if (typeof left !== typeof right || left instanceof GoInteger || right instanceof GoInteger)
    throw incompatible();
  return left === right;
}

function less(left: Basic, right: Basic): boolean {
  if (left instanceof GoInteger && right instanceof GoInteger) return left.value < right.value;
  if (typeof left === 'string' && typeof right === 'string') return compareUtf8(left, right) < 0;
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'boolean' && typeof right === 'boolean')
    throw new PathError('invalid type for comparison');
  throw incompatible();
}

function basic(value: PathValue): Basic {
  if (value instanceof GoInteger) return value;
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  throw new PathError('invalid type for comparison');
}

function incompatible(): PathError {
  return new PathError('incompatible types for comparison');
}
