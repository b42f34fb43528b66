import { laneOf } from './lane.js';
import type { NewRun } from './ports.js';
import type { Place, Timetable } from './timetable-port.js';

/**
 * Places in this process for the first looks at a run that is being created, as many as are free: taken before the run is
 * stored, as it is stored with it that nobody else need look.
 */
export class FirstPlaces {
  readonly #free = new Map<string, Place>();
  /** What there was a place for. */
  readonly metrics: ReadonlySet<string>;

  constructor(
    timetable: Pick<Timetable, 'reserve'>,
    { id, document, series, createdAtMs, completion }: NewRun,
  ) {
    if (completion === undefined)
      for (const [metric, dueAtMs] of series) {
        if (dueAtMs > createdAtMs) continue;
        const place = timetable.reserve({ run: id, lane: laneOf(document, metric) });
        if (place !== undefined) this.#free.set(metric, place);
      }
    this.metrics = new Set(this.#free.keys());
  }

  /** The place of a metric, which is the caller's then. */
  take(metric: string): Place | undefined {
    const place = this.#free.get(metric);
    this.#free.delete(metric);
    return place;
  }

  /** Gives back what nobody has taken. */
  giveBack(): void {
    for (const place of this.#free.values()) place.giveBack();
    this.#free.clear();
  }
}
