/** How a version of the sample service behaves. */
export interface Release {
  readonly version: string;
  /** Percentage of its requests that end in a server error. */
  readonly failingPercent: number;
  /** The time it takes to answer, evenly distributed between these two, in ms. */
  readonly latencyMs: { readonly least: number; readonly most: number };
}

/** What everybody uses when the demo begins. */
export const STABLE: Release = {
  version: 'v1',
  failingPercent: 0.5,
  latencyMs: { least: 10, most: 60 },
};
/** As good as the one before: it has to be promoted. */
export const HEALTHY: Release = { ...STABLE, version: 'v2' };
/** Errors and slow answers: it has to be caught. */
export const BROKEN: Release = {
  version: 'v3',
  failingPercent: 15,
  latencyMs: { least: 200, most: 800 },
};
