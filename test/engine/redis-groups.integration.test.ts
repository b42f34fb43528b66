import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import type { Engine, EngineDeps } from '../../service/engine/index.js';
import { createLog } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { gated, metric, realDeps, runOf, scripted } from './fixtures.js';
import { redisOfEachTest } from './redis-of-test.js';

const PREFIX = 'groups';
const RUNS = Array.from({ length: 40 }, (_, n) => `run-${n}`);
const MEASUREMENTS = 5;
const own = redisOfEachTest(PREFIX);
const { startEngine, openTimetable } = own;

/** Engines that measure as the script says, and runs that are due together over and over. */
async function begin(
  script: ReturnType<typeof scripted>,
  engines = 1,
  more: Partial<EngineDeps> = {},
): Promise<Engine> {
  const deps = { ...realDeps(script.measure).deps, ...more };
  const [engine] = await Promise.all(Array.from({ length: engines }, () => startEngine(deps)));
  if (engine === undefined) throw new RangeError('no engine was asked for');
  const slow = metric('health', { interval: '250ms', count: MEASUREMENTS });
  await Promise.all(RUNS.map((id) => engine.create(runOf([slow]), { id })));
  return engine;
}

const groups = async (): Promise<readonly string[]> => own.client.keys('*:ticks-web:group/*');

const groupsAreThere = () =>
  eventually('runs share jobs', async () => {
    const found = await groups();
    return found.length > 0 ? found : undefined;
  });

const allAreJudged = (engine: Engine) =>
  Promise.all(RUNS.map(async (id) => (await engine.waitForCompletion(id, 20_000))?.status));

/** How often each run was asked. */
const questions = ({ asked }: ReturnType<typeof scripted>) =>
  RUNS.map((id) => asked.filter(({ run }) => run.id === id).length);

const successful = { phase: 'Successful', metricResults: [{ count: MEASUREMENTS }] };

it('runs that are due together share jobs, and each is measured as often as it should', async () => {
  const script = scripted(() => 'Successful');
  const engine = await begin(script);
  await groupsAreThere();
  for (const status of await allAreJudged(engine)) expect(status).toMatchObject(successful);
  expect(questions(script)).toEqual(RUNS.map(() => MEASUREMENTS));
  await eventually('no job is left', async () => ((await groups()).length === 0 ? true : undefined));
});

it('one that hangs holds up none of its group, and is taken by no other process beside it', async () => {
  const [released, release] = gated();
  const script = scripted(async (_metric, nth, { run }) => {
    if (run.id === 'run-7' && nth === 3) await released;
    return 'Successful' as const;
  });
  let sweeps = 0;
  const write = (line: string): void => {
    if (line.includes('overdue series were looked after')) sweeps += 1;
  };
  const log = createLog({ level: 'warn', destination: { write } });
  const engine = await begin(script, 2, { log });
  const others = RUNS.filter((id) => id !== 'run-7');
  for (const id of others)
    expect((await engine.waitForCompletion(id, 20_000))?.status).toMatchObject(successful);
  const before = sweeps;
  await eventually('both have swept it', () => (sweeps >= before + 6 ? true : undefined));
  release();
  for (const status of await allAreJudged(engine)) expect(status).toMatchObject(successful);
  expect(questions(script)).toEqual(RUNS.map(() => MEASUREMENTS));
});

it('one that fails fails alone, and is done again', async () => {
  let broken = true;
  const script = scripted(() => 'Successful');
  const { deps } = realDeps(script.measure);
  const engine = await startEngine({
    ...deps,
    metrics: {
      ...deps.metrics,
      measurementTaken() {
        // No fault of the provider's, and none that a measurement could tell of.
        if (!broken || script.asked.filter(({ run }) => run.id === 'run-3').length < 2) return;
        broken = false;
        throw new Error('broken');
      },
    },
  });
  const slow = metric('health', { interval: '250ms', count: MEASUREMENTS });
  await Promise.all(RUNS.map((id) => engine.create(runOf([slow]), { id })));
  for (const status of await allAreJudged(engine)) expect(status).toMatchObject(successful);
  expect(broken).toBe(false);
});

it('one that fails while another of its job hangs does not wait for that', async () => {
  const [released, release] = gated();
  let failures = 0;
  const script = scripted(async (_metric, nth, { run }) => {
    if (run.id === 'run-7' && nth === 3) await released;
    return 'Successful' as const;
  });
  const { deps } = realDeps(script.measure);
  const engine = await startEngine({
    ...deps,
    metrics: {
      ...deps.metrics,
      measurementTaken() {
        const hangs = script.asked.filter(({ run }) => run.id === 'run-7').length === 3;
        if (!hangs || failures === RUNS.length - 1) return;
        failures += 1;
        throw new Error('broken');
      },
    },
  });
  const health = metric('health', { interval: '250ms', count: MEASUREMENTS });
  await Promise.all(RUNS.map((id) => engine.create(runOf([health]), { id })));
  for (const id of RUNS.filter((each) => each !== 'run-7'))
    expect((await engine.waitForCompletion(id, 20_000))?.status).toMatchObject(successful);
  expect(failures).toBe(RUNS.length - 1);
  release();
  for (const status of await allAreJudged(engine)) expect(status).toMatchObject(successful);
});

it('what a process has no places for, as all of them hang, is taken by another one', async () => {
  let hung = 0;
  let hangs = false;
  const [released, release] = gated();
  const asked = new Set<string>();
  const process = (isSick: boolean) => {
    const { measure } = scripted(async (_metric, _nth, { run }) => {
      asked.add(run.id);
      if (hangs && isSick) {
        hung += 1;
        await released;
      }
      return 'Successful' as const;
    });
    return startEngine(realDeps(measure, { stopGraceMs: 200 }).deps);
  };
  const [, healthy] = await Promise.all([process(true), process(false)]);
  // Each asks a server of its own, and all were quick before.
  const many = Array.from({ length: 200 }, (_, n) => `many-${n}`);
  const healthOf = (id: string) =>
    metric('health', {
      ...{ interval: '700ms', count: MEASUREMENTS },
      provider: { web: { url: `http://${id}.example/`, jsonPath: '{$.value}' } },
    });
  await Promise.all(many.map((id) => healthy.create(runOf([healthOf(id)]), { id })));
  await eventually('each was quick once', () => (asked.size === many.length ? true : undefined));
  await groupsAreThere();
  hangs = true;
  await eventually(
    'only what hangs has not ended',
    async () => {
      const runs = await Promise.all(many.map((id) => healthy.get(id)));
      const going = runs.filter((run) => run?.status?.phase !== 'Successful').length;
      return hung > 0 && going <= hung ? true : undefined;
    },
    60_000,
  );
  release();
});

it('jobs that are lost are made again from what the series say', async () => {
  const script = scripted(() => 'Successful');
  const engine = await begin(script);
  const lost = await groupsAreThere();
  const lists = ['delayed', 'wait', 'active'].map((state) => `{${PREFIX}-0}:ticks-web:${state}`);
  await own.client.del(...lost, ...lists);
  for (const status of await allAreJudged(engine)) expect(status).toMatchObject(successful);
});

it('a process that stops begins none of those that still wait for a place, and another one takes them', async () => {
  const ticks = Array.from({ length: 16 }, (_, n) => tickOf(`run-${n}`));
  const first = openTimetable(2);
  const [released, release] = gated();
  const begun: string[] = [];
  await first.work(({ run }) => {
    begun.push(run);
    return released;
  });
  const nowMs = Date.now();
  await Promise.all(ticks.map((tick) => first.scheduleNext(tick, nowMs, () => Promise.resolve('stored'))));
  await eventually('the first of them run', () => (begun.length > 0 ? true : undefined));
  const stopped = first.stop();
  release();
  await stopped;
  expect(begun).toHaveLength(2);

  const second = openTimetable(20);
  const taken: string[] = [];
  await second.work(({ run }) => {
    taken.push(run);
    return Promise.resolve();
  });
  const left = ticks.map(({ run }) => run).filter((run) => !begun.includes(run));
  await eventually('another one takes the rest', () => (taken.length >= left.length ? true : undefined));
  expect(taken.toSorted()).toEqual(left.toSorted());
  await second.stop();
});

const tickOf = (run: string) => ({
  ...{ run, incarnation: 'one', metric: 'health', lane: 'web', seq: 1, terminating: false },
});

it('a process that Redis did not answer for a while goes on where it was', async () => {
  const timetable = openTimetable(4);
  const taken = new Set<string>();
  const ticks = Array.from({ length: 64 }, (_, n) => tickOf(`run-${n}`));
  const dueAtMs = Date.now() + 300;
  await Promise.all(
    ticks.map((tick) => timetable.scheduleNext(tick, dueAtMs, () => Promise.resolve('stored'))),
  );
  await timetable.work(async ({ run }) => {
    await own.client.incr('asked');
    taken.add(run);
  });
  await eventually('some are taken', () => (taken.size > 3 ? true : undefined));
  const admin = new Redis(own.redis.url);
  await admin.call('CLIENT', 'PAUSE', '2500', 'ALL');
  admin.disconnect();
  await eventually('all are taken', () => (taken.size === ticks.length ? true : undefined));
  await timetable.stop();
});

it('a tick whose repetition was lost is repaired while another of its first job hangs', async () => {
  const timetable = openTimetable(4);
  const [released, release] = gated();
  let taken = 0;
  await timetable.work(async (tick) => {
    if (tick.run === 'hangs') await released;
    else if ((taken += 1) === 1) await timetable.schedule({ ...tick, againAtMs: 1 }, Date.now());
    else if (taken === 2) throw new Error('broken');
  });
  const pair = ['hangs', 'fails'].map(tickOf);
  await Promise.all(
    pair.map((tick) => timetable.scheduleNext(tick, Date.now(), () => Promise.resolve('stored'))),
  );
  await eventually('it was repeated, and failed', () => (taken === 2 ? true : undefined));
  await eventually('it is repaired', async () => {
    await timetable.repair(pair);
    return taken === 3 ? true : undefined;
  });
  release();
  await timetable.stop();
});

it('a tick that was handed over and failed elsewhere is repaired while its first process hangs', async () => {
  const sick = openTimetable(2);
  const [released, release] = gated();
  let hung = 0;
  await sick.work(() => {
    hung += 1;
    return released;
  });
  const both = ['hangs', 'too'].map(tickOf);
  await Promise.all(both.map((tick) => sick.scheduleNext(tick, Date.now(), () => Promise.resolve('stored'))));
  await eventually('both places hang', () => (hung === 2 ? true : undefined));
  await sick.schedule(tickOf('third'), Date.now());
  await eventually('it is handed over', async () => {
    const keys = await own.client.keys('*:ticks-web:third/one/health/1/*');
    return keys.length > 0 ? true : undefined;
  });
  const other = openTimetable(2);
  const taken: string[] = [];
  await other.work(({ run }) => {
    taken.push(run);
    return taken.length === 1 ? Promise.reject(new Error('broken')) : Promise.resolve();
  });
  await eventually('it failed elsewhere', () => (taken.length === 1 ? true : undefined));
  await eventually('it is repaired', async () => {
    await other.repair([tickOf('third')]);
    return taken.length === 2 ? true : undefined;
  });
  expect(taken).toEqual(['third', 'third']);
  release();
  await Promise.all([sick.stop(), other.stop()]);
});

it('a worker that can not be closed keeps nothing from being broken off and handed over', async () => {
  const timetable = openTimetable(2, 100);
  await timetable.work(() => Promise.resolve());
  const tick = tickOf('run-1');
  timetable.reserve(tick)?.run(
    tick,
    (_tick, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('broken off'));
        });
      }),
  );
  vi.spyOn(Worker.prototype, 'close').mockImplementationOnce(async function (this: Worker) {
    await this.close();
    throw new Error('it can not be closed');
  });
  await expect(timetable.stop()).rejects.toThrow('it can not be closed');
  expect(await own.client.keys('*:ticks-web:run-1/*')).toHaveLength(1);
});
