/** What `--output` takes for a run. */
export const OUTPUT_FORMATS = ['text', 'json', 'yaml', 'junit', 'markdown'] as const;
/** See {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
