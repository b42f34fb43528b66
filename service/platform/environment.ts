/**
 * A second door of `platform/`, for the command line: `--help` must not wait for what reads and checks settings.
 */

/** The environment of this process: the one place that reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return { ...process.env };
}
