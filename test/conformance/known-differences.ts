/** Scenarios that fail, and why that is meant. One that passes nevertheless fails the run, so that the list stays true. */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([]);
