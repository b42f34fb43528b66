import manifest from '../../package.json' with { type: 'json' };

/** Version of Assay, of its package. */
export const VERSION: string = manifest.version;
