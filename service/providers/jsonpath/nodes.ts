import type { GoInteger } from './values.js';

/** Bounds of `[start:end:step]`; undefined where the path leaves one out. `[n]` is `[n:n+1]` with `single`. */
export interface ArrayBounds {
  readonly start: bigint | undefined;
  readonly end: bigint | undefined;
  readonly step: bigint | undefined;
  /** The end was not written: it is the start plus one, and 0 then means the end of the array. */
  readonly single: boolean;
}

/** One step of a path. */
export type PathNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: GoInteger | number | boolean }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'array'; readonly bounds: ArrayBounds }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'union'; readonly branches: readonly (readonly PathNode[])[] }
  | FilterNode
  | { readonly kind: 'identifier'; readonly name: string };

/** `[?(left operator right)]`; with the operator `exists`, `[?(left)]` and no `right`. */
export interface FilterNode {
  readonly kind: 'filter';
  readonly left: readonly PathNode[];
  readonly operator: string;
  readonly right: readonly PathNode[];
}

/** A template: what stands between braces, and the texts around it as one `text` node each. */
export type PathTemplate = readonly (readonly PathNode[])[];
