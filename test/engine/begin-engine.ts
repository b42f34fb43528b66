import { afterEach, vi } from 'vitest';
import type { Engine, EngineDeps, EngineSettings } from '../../service/engine/index.js';
import { realDeps, scripted } from './fixtures.js';

/** How long a contract waits for what is to come, ms. */
export const WAIT_MS = 10_000;

/** Begins an engine of a contract whose measurements are scripted; it is stopped after the test. */
export type BeginEngine = ReturnType<typeof beginEngineWith>;

/** Begins engines of a backend, and stops them after the test. */
export function beginEngineWith(makeEngine: (deps: EngineDeps) => Promise<Engine>) {
  const engines: Engine[] = [];
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  });
  return async (
    phaseOf: Parameters<typeof scripted>[0],
    settings: Partial<EngineSettings> = {},
    describe?: EngineDeps['describe'],
  ) => {
    const { measure, asked } = scripted(phaseOf);
    const { deps, observed } = realDeps(measure, settings);
    const engine = await makeEngine({ ...deps, ...(describe === undefined ? {} : { describe }) });
    engines.push(engine);
    await engine.start();
    return { engine, asked, observed };
  };
}

/** Waits until what `check` expects holds. */
export const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: WAIT_MS, interval: 10 });
