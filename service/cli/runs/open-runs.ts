import type { CliDeps } from '../deps.js';
import type { ServerAddress } from '../server/address.js';
import { createServerClient } from '../server/client.js';
import { embeddedRuns } from './embedded-runs.js';
import type { Runs } from './runs.js';
import { serverRuns } from './server-runs.js';

/** Options of {@link openRuns}. */
export interface OpenRunsOptions {
  /** Where to run; absent: in this process. */
  readonly server?: ServerAddress | undefined;
  /** There is a time after which the run is given up anyway: until then a server may be away. */
  readonly timed: boolean;
  /** Told what becomes of the connection, a line each. */
  readonly notify: (line: string) => void;
}

/** Runs of a server or of this process. `close` lets go of everything. */
export async function openRuns({ server, timed, notify }: OpenRunsOptions, deps: CliDeps): Promise<Runs> {
  if (server !== undefined)
    return serverRuns(createServerClient(server), { notify, ...(timed ? { outageMs: Infinity } : {}) });
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
