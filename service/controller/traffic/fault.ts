import type { ObjectRef } from './world.js';

/** What stands in the way of a change. */
export interface Fault {
  /**
   * `missing`: an object or a field of it is not there. `invalid`: it can not be understood. `foreign`: it belongs to
   * another. `unsupported`: this way of shifting traffic has no such thing. `away`: a plugin could not do it.
   */
  readonly code: 'missing' | 'invalid' | 'foreign' | 'unsupported' | 'away';
  /** E.g. `VirtualService shop/checkout`; of a Rollout itself `Rollout shop/checkout`. */
  readonly object: string;
  /** Where in it, e.g. `spec.http`; empty: all of it. */
  readonly path: string;
  /** A sentence that names object and path, and what to do. */
  readonly message: string;
}

/** Ends the work on one object. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** `VirtualService shop/checkout`. */
export const nameOf = ({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string =>
  `${kind} ${namespace}/${name}`;

/** A fault of an object; `problem` goes on after its name and the path. */
export function faultOf(
  code: Fault['code'],
  ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>,
  path: string,
  problem: string,
): FaultError {
  const object = nameOf(ref);
  return new FaultError({
    code,
    object,
    path,
    message: `${object}: ${path === '' ? '' : `${path} `}${problem}`,
  });
}
