import { afterEach, describe, expect, it } from 'vitest';
import type { Callback } from '../../schemas/index.js';
import type {
  Delivery,
  DeliveryHandler,
  DeliveryOutcome,
  Engine,
  EngineDeps,
  EngineSettings,
} from '../../service/engine/index.js';
import { systemTimers, type Timers } from '../../service/platform/index.js';
import { until } from './begin-engine.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

/** As in `service/engine/deliveries.ts`: only the wait for the next look lasts as long. */
const LOOK_AGAIN_MS = 250;
const web = runOf([metric('web')]);
const receiver: Callback = { url: 'https://user:pass@receiver/hook?token=t', headers: { 'X-Key': 'k' } };

/** What every backend must do with deliveries. `makeEngine` makes an engine with no runs in it. */
export function describeDeliveries(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`deliveries of the ${backend} engine`, () => {
    const engines: Engine[] = [];
    afterEach(async () => {
      await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    });
    /** An engine whose deliveries are handled by `handler`, and what it was handed. */
    const begin = async (
      handler: DeliveryHandler,
      settings: Partial<EngineSettings> = {},
      timers: Timers = systemTimers,
    ) => {
      const { deps } = realDeps(scripted(() => 'Successful').measure, settings);
      const engine = await makeEngine({ ...deps, timers });
      engines.push(engine);
      await engine.start();
      const seen: Delivery[] = [];
      const stop = engine.takeDeliveries((delivery, signal) => {
        seen.push(delivery);
        return handler(delivery, signal);
      });
      const record = async (run: string, id = 'verdict-0') =>
        (await engine.deliveries(run))?.find((each) => each.id === id);
      return { engine, seen, stop, record };
    };

    it('hands out the verdict once for each callback that wants it, and notes what became of it', async () => {
      const { engine, seen } = await begin(() => delivered());
      const callbacks = [
        receiver,
        { url: 'http://b/', events: ['measurement' as const] },
        { url: 'http://c/' },
      ];
      await engine.create(web, { id: 'told', callbacks });
      await engine.create(web, { id: 'untold' });
      await until(async () => {
        expect((await engine.deliveries('told'))?.map(({ id, state }) => `${id} ${state}`)).toEqual([
          'measurement-web-1-1 delivered',
          'verdict-0 delivered',
          'verdict-2 delivered',
        ]);
      });
      const verdicts = seen.filter(({ event }) => event === 'verdict');
      expect(new Set(verdicts.map(({ webhookId }) => webhookId)).size).toBe(1);
      expect(verdicts[0]?.webhookId).toMatch(/^told\..*\.verdict$/);
      expect(verdicts.map(({ callback }) => callback.url).sort()).toEqual(['http://c/', receiver.url]);
      expect(verdicts.find(({ callback }) => callback.url === receiver.url)?.callback).toEqual(receiver);
      expect(verdicts[0]).toMatchObject({ tries: 0, run: { status: { verdict: 'promote' } } });
      expect(await engine.deliveries('untold')).toEqual([]);
      expect(await engine.deliveries('nobody')).toBeUndefined();
    });

    it('hands out what this process has stored without waiting for the next look', async () => {
      let looks = 0;
      const { engine, seen } = await begin(
        () => delivered(),
        {},
        {
          set(action, delayMs) {
            if (delayMs !== LOOK_AGAIN_MS) return systemTimers.set(action, delayMs);
            looks += 1;
            return () => undefined;
          },
        },
      );
      await until(() => {
        expect(looks).toBe(1);
      });
      await engine.create(web, { id: 'a', callbacks: [{ ...receiver, events: ['measurement', 'verdict'] }] });
      await until(() => {
        expect(seen.map(({ event }) => event).sort()).toEqual(['measurement', 'verdict']);
      });
      await until(async () => {
        expect((await engine.deliveries('a'))?.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
      });
      await engine.redeliver('a', 'verdict-0');
      await until(() => {
        expect(seen).toHaveLength(3);
      });
    });

    it('shows a delivery without headers, credentials and query', async () => {
      const { engine, record } = await begin(() => delivered());
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toEqual({
          id: 'verdict-0',
          webhookId: expect.stringMatching(/^a\..*\.verdict$/) as unknown,
          run: 'a',
          event: 'dev.assay.analysisrun.verdict.v1',
          url: 'https://receiver/hook?[redacted]',
          state: 'delivered',
          createdAt: expect.stringMatching(/^20.*Z$/) as unknown,
          attemptCount: 1,
          attempts: [{ at: expect.any(String) as unknown, outcome: 'delivered', status: 200, durationMs: 1 }],
        });
      });
    });

    it('hands a delivery out again when it is due, with what was tried, until it is given up', async () => {
      const { engine, seen, record } = await begin(({ tries }) =>
        tries < 2 ? rejected({ kind: 'retry', atMs: Date.now() + 20 }) : rejected({ kind: 'failed' }),
      );
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toMatchObject({ state: 'failed', attemptCount: 3 });
      });
      expect(seen.map(({ tries }) => tries)).toEqual([0, 1, 2]);
      expect(new Set(seen.map(({ webhookId }) => webhookId)).size).toBe(1);
      expect(seen[0]?.firstTryAtMs).toBeUndefined();
      expect(seen[1]?.firstTryAtMs).toBeGreaterThan(0);
      expect(seen[2]?.firstTryAtMs).toBe(seen[1]?.firstTryAtMs);
    });

    it('keeps a pending delivery until its time and shows when that is', async () => {
      const atMs = Date.now() + 3_600_000;
      const { engine, seen, record } = await begin(() => rejected({ kind: 'retry', atMs }));
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toMatchObject({
          state: 'pending',
          nextAttemptAt: new Date(atMs).toISOString(),
          attemptCount: 1,
        });
      });
      // A delivery that is due is handed out before this one, which comes later.
      await engine.create(web, { id: 'b', callbacks: [receiver] });
      await until(async () => {
        expect(await record('b')).toMatchObject({ attemptCount: 1 });
      });
      expect(seen.map(({ run }) => run.metadata?.uid)).toEqual(['a', 'b']);
    });

    it('hands a deferred delivery out again without counting it', async () => {
      let first = true;
      const { engine, record } = await begin(() => {
        const outcome = first ? deferred() : delivered();
        first = false;
        return outcome;
      });
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toMatchObject({ state: 'delivered', attemptCount: 1 });
      });
    });

    it('hands out a delivery whose handler failed again after its lease', async () => {
      const { engine, seen, record } = await begin(
        () => (seen.length === 1 ? Promise.reject(new Error('a fault')) : delivered()),
        { deliveryLeaseMs: 50 },
      );
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toMatchObject({ state: 'delivered', attemptCount: 1 });
      });
    });

    it('lets a receiver that does not answer delay nobody', async () => {
      const { engine, record } = await begin(({ run }, signal) =>
        run.metadata?.uid === 'hangs' ? abortedOf(signal).then(deferred) : delivered(),
      );
      await engine.create(web, { id: 'hangs', callbacks: [receiver] });
      await until(async () => {
        expect(await record('hangs')).toBeDefined();
      });
      for (let nth = 0; nth < 5; nth++) await engine.create(web, { id: `run-${nth}`, callbacks: [receiver] });
      await until(async () => {
        for (let nth = 0; nth < 5; nth++) expect((await record(`run-${nth}`))?.state).toBe('delivered');
      });
      expect(await record('hangs')).toMatchObject({ state: 'pending', attemptCount: 0 });
    });

    it('delivers again when asked to, with all of its time before it, and keeps the attempts', async () => {
      const { engine, seen, record } = await begin(() => delivered());
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toMatchObject({ state: 'delivered' });
      });
      expect(await engine.redeliver('a', 'verdict-0')).toMatchObject({ state: 'pending', attemptCount: 1 });
      await until(async () => {
        expect(await record('a')).toMatchObject({ state: 'delivered', attemptCount: 2 });
      });
      expect(seen.map(({ tries, firstTryAtMs }) => [tries, firstTryAtMs])).toEqual([
        [0, undefined],
        [0, undefined],
      ]);
      expect(await engine.redeliver('a', 'verdict-1')).toBeUndefined();
      expect(await engine.redeliver('b', 'verdict-0')).toBeUndefined();
    });

    it('obeys whoever asks for a delivery while it is tried', async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { engine, seen, record } = await begin(async () => {
        if (seen.length > 1) return delivered();
        await gate;
        return rejected({ kind: 'failed' });
      });
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(() => {
        expect(seen).toHaveLength(1);
      });
      await engine.redeliver('a', 'verdict-0');
      release();
      await until(async () => {
        const { state, attempts } = (await record('a')) ?? {};
        expect([state, attempts?.map(({ outcome }) => outcome).sort()]).toEqual([
          'delivered',
          ['delivered', 'rejected'],
        ]);
      });
    });

    it('tells of every finished measurement, even when the history of its metric is shorter', async () => {
      const { engine, seen } = await begin(() => delivered());
      const wanting: Callback = { url: 'http://receiver/', events: ['verdict', 'measurement'] };
      const name = 'a/b ü-1';
      const run = runOf([metric(name, { interval: '15ms', count: 14 })]);
      await engine.create(run, { id: 'a', callbacks: [wanting] });
      await until(async () => {
        expect((await engine.deliveries('a'))?.filter(({ state }) => state === 'delivered')).toHaveLength(15);
      });
      const last = seen.find(({ webhookId }) => webhookId.endsWith('.a%2Fb%20%C3%BC-1.1'));
      expect(last?.measured).toMatchObject({ metric: name, measurement: { phase: 'Successful' } });
      expect(await engine.redeliver('a', `measurement-${name}-1-0`)).toMatchObject({ state: 'pending' });
    });

    it('forgets deliveries with their run', async () => {
      const { engine, record } = await begin(() => rejected({ kind: 'retry', atMs: Date.now() + 60_000 }));
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(async () => {
        expect(await record('a')).toMatchObject({ attemptCount: 1 });
      });
      expect(await engine.forget('a')).toBe(true);
      expect(await engine.deliveries('a')).toBeUndefined();
      expect(await engine.redeliver('a', 'verdict-0')).toBeUndefined();
      expect((await engine.create(web, { id: 'a' })).created).toBe(true);
      expect(await engine.deliveries('a')).toEqual([]);
    });

    it('tells the verdict of a run that has the id of a forgotten one under an id of its own', async () => {
      const { engine, seen, record } = await begin(() => delivered());
      const shown: unknown[] = [];
      for (let nth = 0; nth < 2; nth++) {
        await engine.create(web, { id: 'a', callbacks: [receiver] });
        await until(async () => {
          expect(await record('a')).toMatchObject({ state: 'delivered' });
        });
        shown.push((await record('a'))?.webhookId);
        expect(await engine.forget('a')).toBe(true);
      }
      expect(new Set(shown).size).toBe(2);
      expect(seen.map(({ webhookId }) => webhookId)).toEqual(shown);
    });

    it('does not forget a run whose time is up before it was told of', async () => {
      const { engine, record } = await begin(
        ({ run }) =>
          run.metadata?.uid === 'told' ? delivered() : rejected({ kind: 'retry', atMs: Date.now() + 60_000 }),
        { retentionMs: 20 },
      );
      await engine.create(web, { id: 'untold', callbacks: [receiver] });
      await engine.create(web, { id: 'told', callbacks: [receiver] });
      await until(async () => {
        expect(await engine.get('told')).toBeUndefined();
      });
      expect(await record('untold')).toMatchObject({ state: 'pending', attemptCount: 1 });
    });

    it('stops while a handler hangs, once the handler gives up', async () => {
      const { engine, seen, stop } = await begin((_delivery, signal) => abortedOf(signal).then(deferred));
      await engine.create(web, { id: 'a', callbacks: [receiver] });
      await until(() => {
        expect(seen).toHaveLength(1);
      });
      await stop();
      expect(seen).toHaveLength(1);
    });
  });
}

const attempted = (outcome: 'delivered' | 'rejected', status: number) => ({
  at: new Date().toISOString(),
  outcome,
  status,
  durationMs: 1,
});

const delivered = (): Promise<DeliveryOutcome> =>
  Promise.resolve({ kind: 'tried', attempt: attempted('delivered', 200), next: { kind: 'delivered' } });

const rejected = (next: Extract<DeliveryOutcome, { kind: 'tried' }>['next']): Promise<DeliveryOutcome> =>
  Promise.resolve({ kind: 'tried', attempt: attempted('rejected', 500), next });

const deferred = (): Promise<DeliveryOutcome> => Promise.resolve({ kind: 'deferred', atMs: Date.now() });

const abortedOf = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
