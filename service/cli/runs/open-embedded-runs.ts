import type { CliDeps } from '../deps.js';
import { embeddedRuns } from './embedded-runs.js';
import type { Runs } from './runs.js';

/** Runs of this process. `close` lets go of everything. */
export async function openEmbeddedRuns(deps: CliDeps): Promise<Runs> {
  const assay = await deps.openEmbedded();
  try {
    const runs = await embeddedRuns(assay, {
      warn: (line) => {
        deps.io.err.write(`warning: ${line}\n`);
      },
    });
    return {
      ...runs,
      async close() {
        try {
          await runs.close();
        } finally {
          await assay.close();
        }
      },
    };
  } catch (error) {
    await assay.close();
    throw error;
  }
}
