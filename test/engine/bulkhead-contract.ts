import { afterEach, describe, expect, it } from 'vitest';
import type { Engine, EngineDeps, MeasureRequest } from '../../service/engine/index.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

/** Runs on the server that hangs, and places for measurements. */
const HANGING = 120;
const PLACES = 40;
const WAIT_MS = 20_000;

const at = (address: string, name: string) =>
  metric(name, { provider: { prometheus: { address, query: 'up' } } });

/** What every backend must do about servers that hang. */
export function describeBulkhead(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`a server that hangs, with the ${backend} engine`, () => {
    let engine: Engine | undefined;
    afterEach(() => engine?.stop());

    it.each([
      ['of the same kind', at('http://healthy:9090', 'web')],
      ['of another kind', metric('web')],
    ])(
      'does not keep a server %s from being asked, and is asked by all of its runs in the end',
      async (_which, healthy) => {
        const letGo = new AbortController();
        const hung = new Promise<void>((resolve) => {
          letGo.signal.addEventListener('abort', () => {
            resolve();
          });
        });
        const isHealthy = ({ metric: { metric: asked } }: MeasureRequest) => asked.name === 'web';
        let asked = 0;
        const { deps, observed } = realDeps(
          async (request) => {
            if (isHealthy(request)) return measurement('Successful', Date.now());
            asked += 1;
            await hung;
            return measurement('Successful', Date.now());
          },
          { concurrency: PLACES },
        );
        const made = await makeEngine(deps);
        engine = made;
        await made.start();
        const idOf = async (created: Promise<{ readonly run: { readonly metadata?: { uid?: string } } }>) =>
          (await created).run.metadata?.uid ?? '';
        const stuck = await Promise.all(
          Array.from({ length: HANGING }, () =>
            idOf(made.create(runOf([at('http://hanging:9090', 'stuck')]))),
          ),
        );
        await expect.poll(() => asked, { timeout: WAIT_MS }).toBeGreaterThan(5);
        const beganMs = performance.now();
        const ids = await Promise.all(Array.from({ length: 50 }, () => idOf(made.create(runOf([healthy])))));
        const ended = await Promise.all(ids.map((id) => made.waitForCompletion(id, WAIT_MS)));
        expect(new Set(ended.map((run) => run?.status?.phase))).toEqual(new Set(['Successful']));
        expect(asked).toBeLessThan(PLACES);
        // Places are free all the time: none of them had to wait for an end of what hangs.
        expect(performance.now() - beganMs).toBeLessThan(10_000);
        letGo.abort();
        const freed = await Promise.all(stuck.map((id) => made.waitForCompletion(id, WAIT_MS)));
        expect(new Set(freed.map((run) => run?.status?.phase))).toEqual(new Set(['Successful']));
        expect(observed.taken).toHaveLength(HANGING + 50);
      },
      60_000,
    );
  });
}
