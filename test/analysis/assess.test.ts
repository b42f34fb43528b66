import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  assessRun,
  assessSeries,
  recordMeasurement,
  settleSeries,
  verdictOf,
} from '../../service/analysis/index.js';
import type { AnalysisPhase, Metric, MetricResult } from '../../schemas/index.js';
import { measurementOf, metricOf, preparedOf, runOf, seriesOf } from './objects.js';

type Outcome = Extract<AnalysisPhase, 'Successful' | 'Failed' | 'Inconclusive' | 'Error'>;
const OUTCOMES: readonly Outcome[] = ['Successful', 'Failed', 'Inconclusive', 'Error'];

/** The series after the outcomes, each recorded and judged; what comes after completion is not measured. */
function after(fields: Partial<Metric>, outcomes: readonly Outcome[]): MetricResult | undefined {
  const metric = preparedOf(fields);
  let result: MetricResult | undefined;
  for (const [index, phase] of outcomes.entries()) {
    if (result !== undefined && verdictOf(result.phase) !== undefined) break;
    const measurement = { ...measurementOf(phase, index * 1000), message: `${phase} ${index}` };
    result = settleSeries(metric.metric, recordMeasurement(metric, result, measurement, index * 1000), false);
  }
  return result;
}

const errors = (count: number) => Array.from({ length: count }, (): Outcome => 'Error');

describe('a series', () => {
  it.each`
    outcomes                                 | over                                                | phase
    ${['Successful']}                        | ${{}}                                               | ${'Successful'}
    ${['Failed']}                            | ${{}}                                               | ${'Failed'}
    ${['Inconclusive']}                      | ${{}}                                               | ${'Inconclusive'}
    ${errors(4)}                             | ${{}}                                               | ${'Running'}
    ${errors(5)}                             | ${{}}                                               | ${'Error'}
    ${['Successful', 'Successful']}          | ${{ interval: '1s', count: 2 }}                     | ${'Successful'}
    ${['Successful', 'Successful']}          | ${{ interval: '1s' }}                               | ${'Running'}
    ${['Failed', 'Successful']}              | ${{ interval: '1s', count: 2, failureLimit: 1 }}    | ${'Successful'}
    ${['Failed', 'Failed']}                  | ${{ interval: '1s', count: 3, failureLimit: 1 }}    | ${'Failed'}
    ${['Successful', 'Successful']}          | ${{ interval: '1s', consecutiveSuccessLimit: 2 }}   | ${'Successful'}
    ${['Successful', 'Error', 'Successful']} | ${{ interval: '1s', consecutiveSuccessLimit: 2 }}   | ${'Running'}
    ${['Failed']}                            | ${{ failureLimit: -1, consecutiveSuccessLimit: 1 }} | ${'Failed'}
    ${['Successful']}                        | ${{ consecutiveSuccessLimit: 2 }}                   | ${'Inconclusive'}
  `('of $outcomes with $over is $phase', ({ outcomes, over, phase }: Row) => {
    expect(after(over, outcomes)?.phase).toBe(phase);
  });

  it('says which limit was passed, the most serious of several', () => {
    const worst = seriesOf(measurementOf('Error'), { failed: 2, inconclusive: 3, consecutiveError: 5 });
    expect(assessSeries(metricOf(), worst, false)).toEqual({
      phase: 'Error',
      message: 'consecutiveErrors (5) > consecutiveErrorLimit (4)',
    });
    expect(
      assessSeries(metricOf(), seriesOf(measurementOf('Failed'), { failed: 2, inconclusive: 3 }), false),
    ).toEqual({
      phase: 'Inconclusive',
      message: 'inconclusive (3) > inconclusiveLimit (0)',
    });
  });

  it('keeps the message of the measurement at which its phase changed', () => {
    const result = after({ interval: '1s', count: 3, failureLimit: 1 }, ['Failed', 'Successful', 'Failed']);
    expect(result).toMatchObject({
      phase: 'Failed',
      message: 'Failed 2',
      failed: 2,
      successful: 1,
      count: 3,
    });
  });

  it('without a measurement is pending, and complete when the run is ending', () => {
    const untouched: MetricResult = { name: 'm', phase: 'Running' };
    expect(assessSeries(metricOf(), untouched, false)).toEqual({ phase: 'Pending' });
    expect(assessSeries(metricOf(), untouched, true)).toEqual({ phase: 'Successful' });
  });

  test.prop([
    fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 40 }),
    fc.integer({ min: 1, max: 20 }),
    fc.nat(19),
    fc.nat(19),
  ])(
    'is never Successful without a successful measurement, when its limits can be passed',
    (outcomes, count, failureLimit, inconclusiveLimit) => {
      fc.pre(failureLimit + inconclusiveLimit < count);
      const result = after({ interval: '1s', count, failureLimit, inconclusiveLimit }, outcomes);
      if (result?.phase === 'Successful') expect(result.successful ?? 0).toBeGreaterThan(0);
    },
  );

  test.prop([fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 })])(
    'of errors only is never Successful, however many are tolerated',
    (number, count) => {
      expect(after({ interval: '1s', count, consecutiveErrorLimit: 100 }, errors(number))?.phase).not.toBe(
        'Successful',
      );
    },
  );
});

describe('a run', () => {
  const two = runOf([metricOf({ name: 'a' }), metricOf({ name: 'b' })]);
  const results = (a: Outcome, b: Outcome) =>
    new Map<string, MetricResult>(
      (
        [
          ['a', a],
          ['b', b],
        ] as const
      ).map(([name, phase]) => {
        const metric = two.metrics.find((prepared) => prepared.metric.name === name) ?? preparedOf({ name });
        return [
          name,
          settleSeries(metric.metric, recordMeasurement(metric, undefined, measurementOf(phase), 0), false),
        ];
      }),
    );

  it.each`
    a                 | b               | phase             | message
    ${'Successful'}   | ${'Successful'} | ${'Successful'}   | ${undefined}
    ${'Successful'}   | ${'Failed'}     | ${'Failed'}       | ${'Metric "b" assessed Failed due to failed (1) > failureLimit (0)'}
    ${'Inconclusive'} | ${'Failed'}     | ${'Failed'}       | ${'Metric "b" assessed Failed due to failed (1) > failureLimit (0)'}
    ${'Failed'}       | ${'Failed'}     | ${'Failed'}       | ${'Metric "a" assessed Failed due to failed (1) > failureLimit (0)'}
    ${'Inconclusive'} | ${'Successful'} | ${'Inconclusive'} | ${'Metric "a" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)'}
  `('of a metric $a and a metric $b is $phase', ({ a, b, phase, message }: RunRow) => {
    const assessment = assessRun(two, results(a, b), { terminating: false });
    expect([assessment.phase, assessment.message]).toEqual([phase, message]);
    expect(assessment.completed).toBe(true);
  });

  it('goes on while a metric has not been measured, and ends when another has decided it', () => {
    const one = new Map([...results('Successful', 'Successful')].slice(0, 1));
    expect(assessRun(two, one, { terminating: false })).toMatchObject({ phase: 'Running', completed: false });
    const failed = new Map([...results('Failed', 'Successful')].slice(0, 1));
    expect(assessRun(two, failed, { terminating: false })).toMatchObject({
      phase: 'Failed',
      terminateOthers: true,
    });
  });

  it('names the measurements in flight that are to be terminated before the verdict', () => {
    const flying = results('Failed', 'Successful');
    flying.set('b', {
      name: 'b',
      phase: 'Running',
      measurements: [{ phase: 'Running', startedAt: '1970-01-01T00:00:00Z' }],
    });
    expect(assessRun(two, flying, { terminating: false }).toTerminate).toEqual(['b']);
  });

  it('that is terminated before its start is Successful', () => {
    expect(assessRun(two, new Map(), { terminating: true })).toMatchObject({
      phase: 'Successful',
      message: 'Run Terminated',
    });
  });

  it('does not heed a dry-run metric, but waits for it and says what it was', () => {
    const run = runOf([metricOf({ name: 'a' }), metricOf({ name: 'b' })], ['b']);
    const [a, b] = run.metrics;
    if (a === undefined || b === undefined) throw new Error('the run has two metrics');
    const good = settleSeries(
      a.metric,
      recordMeasurement(a, undefined, measurementOf('Successful'), 0),
      false,
    );
    expect(assessRun(run, new Map([['a', good]]), { terminating: false }).phase).toBe('Running');
    const bad = recordMeasurement(b, undefined, measurementOf('Failed'), 0);
    const assessment = assessRun(
      run,
      new Map([
        ['a', good],
        ['b', bad],
      ]),
      { terminating: false },
    );
    expect(assessment).toMatchObject({
      phase: 'Successful',
      terminateOthers: false,
      runSummary: { count: 1, successful: 1 },
      dryRunSummary: { count: 1, failed: 1 },
    });
    expect(assessment.results.get('b')?.message).toBe(
      'Metric assessed Failed due to failed (1) > failureLimit (0)',
    );
  });

  it('keeps its message while its phase stays', () => {
    const previous = { phase: 'Running', message: 'kept' } as const;
    expect(assessRun(two, new Map(), { terminating: false, previous }).message).toBe('kept');
  });

  test.prop([
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...OUTCOMES)), { maxLength: 30 }),
    fc.infiniteStream(fc.nat()),
  ])('has one verdict whatever the order in which independent series are committed', (commits, choices) => {
    const fields = { interval: '1s', count: 4, failureLimit: 2, inconclusiveLimit: 1 };
    const run = runOf(['a', 'b', 'c'].map((name) => metricOf({ name, ...fields })));
    const assessedIn = (order: readonly (readonly [string, Outcome])[]) => {
      const state = new Map<string, MetricResult>();
      for (const [name, phase] of order) {
        const metric = run.metrics.find((prepared) => prepared.metric.name === name);
        if (metric === undefined) throw new Error(`no metric ${name}`);
        state.set(name, recordMeasurement(metric, state.get(name), measurementOf(phase), 0));
      }
      const { results: settled, ...assessment } = assessRun(run, state, { terminating: false });
      return { ...assessment, settled: [...settled] };
    };
    expect(assessedIn(interleaved(commits, choices))).toEqual(assessedIn(commits));
  });
});

/** The commits in another order that keeps the order within each series. */
function interleaved<Item>(
  commits: readonly (readonly [string, Item])[],
  choices: Iterator<number>,
): readonly (readonly [string, Item])[] {
  const queues = new Map<string, (readonly [string, Item])[]>();
  for (const commit of commits) queues.set(commit[0], [...(queues.get(commit[0]) ?? []), commit]);
  const order: (readonly [string, Item])[] = [];
  while (order.length < commits.length) {
    const waiting = [...queues.values()].filter((queue) => queue.length > 0);
    const choice: unknown = choices.next().value;
    const queue = waiting[Number(choice) % waiting.length];
    const commit = queue?.shift();
    if (commit !== undefined) order.push(commit);
  }
  return order;
}

interface Row {
  readonly outcomes: readonly Outcome[];
  readonly over: Partial<Metric>;
  readonly phase: AnalysisPhase;
}

interface RunRow {
  readonly a: Outcome;
  readonly b: Outcome;
  readonly phase: AnalysisPhase;
  readonly message: string | undefined;
}
