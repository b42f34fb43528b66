import { isDeepStrictEqual } from 'node:util';
import type { RunObject } from './run-object.js';
import type { RunEventText } from './run-status.js';

type Json = Readonly<Record<string, unknown>>;

/** What a change of the spec of a run that goes on comes to. */
export const SPEC_CHANGE_IGNORED =
  'the run is measured as it was handed over: only terminate and ttlStrategy are looked at; delete it and create it anew';

/** What somebody may change of a run that goes on, and it has an effect. */
const LIVE = ['terminate', 'ttlStrategy'];

/** What of a spec is measured, and was fixed when the run was handed over. */
export const measuredPart = (spec: Json): Json =>
  Object.fromEntries(Object.entries(spec).filter(([name, value]) => !LIVE.includes(name) && value !== null));

/** What is known of the specs of a run. */
interface Known {
  /** As it was handed over. */
  readonly measured: Json;
  /** The last state that was looked at, and the last change that was told of. */
  seen?: Json;
  told?: Json;
}

/**
 * Tells of changes that have no effect. What a run is measured by is known from the service, so that a controller that goes on
 * after another finds a change as well; its event is the same one, as long as the API server keeps it.
 */
export class SpecChanges<Run extends { readonly object: RunObject }> {
  readonly #known = new WeakMap<Run, Known>();

  /** The service has the run, with this spec. */
  measured(run: Run, spec: Json): void {
    const { told } = this.#known.get(run) ?? {};
    this.#known.set(run, { measured: measuredPart(spec), ...(told === undefined ? {} : { told }) });
  }

  /** The event of a change that was not told of. */
  news(run: Run): readonly RunEventText[] {
    const { open } = run.object;
    const known = this.#known.get(run);
    if (open === undefined || known === undefined || known.seen === open.spec) return [];
    known.seen = open.spec;
    // As it was made.
    if (open.generation === 1) return [];
    const spec = measuredPart(open.spec);
    if (isSame(spec, known.measured) || isSame(spec, known.told)) return [];
    known.told = spec;
    const message = `The change of its spec (generation ${open.generation}) is ignored: ${SPEC_CHANGE_IGNORED}`;
    return [{ type: 'Warning', reason: 'SpecChangeIgnored', message, index: 0 }];
  }
}

/** What is nested too deeply to be compared is taken for the same: nothing is told of it. */
function isSame(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(one, other);
  } catch (error) {
    if (error instanceof RangeError) return true;
    throw error;
  }
}
