import { afterEach, describe, expect, it } from 'vitest';
import { type Engine, type EngineDeps, TooManyRunsError } from '../../service/engine/index.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

const endless = (namespace: string) => ({
  ...runOf([metric('slow', { interval: '1h', initialDelay: '1h' })]),
  metadata: { name: 'checkout', namespace },
});

/** How many runs of a namespace may go on, whatever they are kept in. */
export function describeLimits(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`the limit of runs of a namespace in the ${backend} engine`, () => {
    let engine: Engine | undefined;
    afterEach(() => engine?.stop());
    const begin = async (maxRunsPerNamespace: number): Promise<Engine> => {
      const { deps } = realDeps(scripted(() => 'Successful').measure, { maxRunsPerNamespace });
      engine = await makeEngine(deps);
      await engine.start();
      return engine;
    };

    it('refuses one more than may go on, in that namespace only, until one has ended or is forgotten', async () => {
      const engine = await begin(2);
      const create = (id: string, namespace = 'shop') => engine.create(endless(namespace), { id });
      await create('a');
      await create('b');
      const refused = await create('c').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(TooManyRunsError);
      expect(String(refused)).toContain('the namespace "shop" has 2 runs going on');
      expect(await engine.get('c')).toBeUndefined();
      await create('c', 'bank');
      // What is there already is only told again.
      expect(await create('a')).toMatchObject({ created: false });
      await engine.terminate('a');
      await engine.waitForCompletion('a', 10_000);
      await create('d');
      await expect(create('e')).rejects.toThrow(TooManyRunsError);
      await engine.forget('b');
      await create('e');
      await expect(create('f')).rejects.toThrow(TooManyRunsError);
      // A run that has ended and is forgotten makes no room a second time.
      await engine.forget('a');
      await expect(create('f')).rejects.toThrow(TooManyRunsError);
    });

    it('holds when all come at once', async () => {
      const engine = await begin(5);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) => engine.create(endless('shop'), { id: `r${index}` })),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      expect((await engine.list({ namespace: 'shop', limit: 100 })).items).toHaveLength(5);
    });

    it('makes one run of a hundred requests that are the same and come at once', async () => {
      const engine = await begin(1);
      for (const options of [{ id: 'mine' }, { idempotencyKey: 'deploy-7' }]) {
        const answers = await Promise.all(
          Array.from({ length: 100 }, () => engine.create(endless(JSON.stringify(options)), options)),
        );
        expect(answers.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(answers.map(({ run }) => run.metadata?.uid)).size).toBe(1);
      }
    });
  });
}
