import { excerptAt, type Fault, type ParsedDocument, type Position } from '../../../schemas/index.js';

/** A document and where it came from. */
export interface Place {
  /** Name of the file, or `<stdin>`. */
  readonly source: string;
  /** The whole text. */
  readonly text: string;
  readonly position: ParsedDocument['position'];
}

/** A fault with the place in the user's text. */
export interface LocatedFault extends Fault {
  readonly source?: string;
  readonly position?: Position;
  /** The line and a caret below the place. */
  readonly excerpt?: string;
}

/** Finds the place of a fault. */
export function locate({ source, text, position }: Place, fault: Fault): LocatedFault {
  const found = position(fault.path);
  return { ...fault, source, position: found, excerpt: excerptAt(text, found) };
}

/**
 * A fault as compilers print it, so that editors and pipelines find the place:
 *
 *     canary.yaml:7:5: spec.metrics[0].interval: must be a duration
 *     7 |     interval: 5 minutes
 *       |     ^
 */
export function faultText({ source, position, path, message, excerpt }: LocatedFault): string {
  const where = [source, position?.line, position?.column].filter((part) => part !== undefined).join(':');
  const head = [where, path, message].filter((part) => part !== '').join(': ');
  return excerpt === undefined ? head : `${head}\n${excerpt}`;
}
