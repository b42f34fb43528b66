import type { Engine } from '../../engine/index.js';
import type { Runs } from './runs.js';

/** Runs of an engine in this process, which is started here and stopped by `close`. */
export async function embeddedRuns(engine: Engine): Promise<Runs> {
  await engine.start();
  return {
    async start(run) {
      return (await engine.create(run)).run;
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
    close: () => engine.stop(),
  };
}
