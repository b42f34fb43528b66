import { separateCallbacks } from '../../delivery/index.js';
import type { EmbeddedAssay } from '../deps.js';
import type { Runs } from './runs.js';
import { undelivered, undeliveredText } from './undelivered.js';

/** Options of {@link embeddedRuns}. */
export interface EmbeddedRunsOptions {
  /** Told of webhooks that could not be delivered, a line each. */
  readonly warn: (line: string) => void;
  /** How long `close` waits for webhooks, ms. Default 10 s. */
  readonly webhookGraceMs?: number;
}

/**
 * Runs of an engine in this process, which is started here and stopped by `close`, after the webhooks of the runs are
 * delivered or had their time.
 */
export async function embeddedRuns(
  { engine, webhooks }: Pick<EmbeddedAssay, 'engine' | 'webhooks'>,
  { warn, webhookGraceMs = 10_000 }: EmbeddedRunsOptions,
): Promise<Runs> {
  /** Ids of the runs that have callbacks. */
  const told: string[] = [];
  await engine.start();
  return {
    async start(asked) {
      const { run: plain, callbacks } = separateCallbacks(asked);
      if (callbacks.length > 0) webhooks.start();
      const { run } = await engine.create(plain, { callbacks });
      if (callbacks.length > 0) told.push(run.metadata?.uid ?? '');
      return run;
    },
    async *changes(id, signal) {
      const first = await engine.get(id);
      if (first === undefined) return;
      yield first;
      for await (const _event of engine.events(id, undefined, signal)) {
        const run = await engine.get(id);
        if (run === undefined) return;
        yield run;
      }
    },
    async terminate(id) {
      await engine.terminate(id);
    },
    async close() {
      try {
        for (const id of told) {
          const records = await undelivered(engine, id, webhookGraceMs);
          for (const record of records) warn(undeliveredText(record));
        }
      } finally {
        await engine.stop();
      }
    },
  };
}
