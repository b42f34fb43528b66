import type { Evidence, Outage, RunEvidence } from './evidence.js';
import { COUNT, RIGHT_VERDICT, TIMEOUT_S } from './scenario.js';

/** What may be between two questions of a series. Times in ms. */
export interface Allowance {
  /** How long what a dead worker had stays with it. */
  readonly lockMs: number;
  /** Until the sweeper has found what is overdue. */
  readonly sweepMs: number;
  /** For a machine that does other things too. */
  readonly slackMs: number;
}

/** An invariant that was broken. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** After an Error the next measurement comes in that time, whatever the interval. */
const ERROR_RETRY_MS = 10_000;
/** A fault may take from a series what is being measured, and what is measured again meanwhile. */
const LOST_BY_A_FAULT = 2;
/** Growth that is the allocator's and not ours. */
const GROWTH = { redisBytes: 3_000_000, apiRssBytes: 120_000_000 };

/** Everything that is not as it has to be, whatever was done to the service. */
export function violationsIn(evidence: Evidence, allowance: Allowance): readonly Violation[] {
  const { runs, outages, badAnswers, before, after } = evidence;
  const of = (invariant: string, what: readonly string[]): Violation[] =>
    what.map((each) => ({ invariant, what: each }));
  return [
    ...of('one verdict, the right one', runs.flatMap(verdictFaults)),
    ...of(
      'measurements counted are those taken',
      runs.flatMap((run) => countFaults(run, outages)),
    ),
    ...of(
      'no gap longer than the lock time',
      runs.flatMap((run) => gapFaults(run, outages, allowance)),
    ),
    ...of('each callback is told with one id', runs.flatMap(callbackFaults)),
    ...of('the API tells no fault of its own', badAnswers),
    ...of(
      'memory returns to its start',
      (['redisKeys', 'redisBytes', 'apiRssBytes'] as const).flatMap((size) => {
        const allowed = before[size] + (size === 'redisKeys' ? 0 : GROWTH[size]);
        return after[size] <= allowed ? [] : [`${size}: ${before[size]} before, ${after[size]} after`];
      }),
    ),
  ];
}

function verdictFaults({ planned, run }: RunEvidence): string[] {
  const right = RIGHT_VERDICT[planned.kind];
  if (run === undefined) return [`${planned.id} was accepted and is not known`];
  const verdict = run.status?.verdict;
  return verdict === right ? [] : [`${planned.id} ended ${verdict ?? 'not at all'} and not ${right}`];
}

/** Numbers of the answers that a metric was judged by, as its history has them. */
function countedNumbers({ run }: RunEvidence, metric: string): readonly number[] {
  const result = run?.status?.metricResults?.find(({ name }) => name === metric);
  return (result?.measurements ?? []).flatMap(({ value }) => {
    const number = /"number":(\d+)/.exec(value ?? '')?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function countFaults(evidence: RunEvidence, outages: readonly Outage[]): string[] {
  const { planned, run, asked, acceptedAtMs, endedAtMs } = evidence;
  const disruptions = outages.filter(
    ({ fromMs, toMs }) => fromMs <= endedAtMs && toMs >= acceptedAtMs,
  ).length;
  return (run?.status?.metricResults ?? []).flatMap((result) => {
    const faults: string[] = [];
    const tell = (what: string): void => void faults.push(`${planned.id} ${result.name}: ${what}`);
    const { count = 0, successful = 0, failed = 0, inconclusive = 0, error = 0 } = result;
    const numbers = countedNumbers(evidence, result.name);
    const questions = asked.get(result.name) ?? [];
    if (successful + failed + inconclusive !== count)
      tell(`${count} counted, but ${successful}+${failed}+${inconclusive}`);
    // The history keeps ten, errors included.
    if (error === 0 && numbers.length !== count)
      tell(`${count} counted, and ${numbers.join(' ')} in the history`);
    if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0)))
      tell(`answers ${numbers.join(' ')} are not each counted once, in turn`);
    const unknown = numbers.filter((number) => !questions.some((each) => each.number === number));
    if (unknown.length > 0) tell(`answers ${unknown.join(' ')} were never given`);
    if (count > COUNT) tell(`${count} counted of ${COUNT}`);
    const lost = questions.length - count - error;
    if (lost < 0) tell(`${questions.length} asked and ${count + error} counted`);
    if (lost > LOST_BY_A_FAULT * disruptions) tell(`${lost} answers lost in ${disruptions} faults`);
    return faults;
  });
}

/** Time before a question, beyond what had to be. */
interface Gap {
  readonly metric: string;
  readonly number: number;
  /** Without the time in which nobody could measure. */
  readonly gapMs: number;
  /** What the spec says. */
  readonly ownMs: number;
}

function gapsOf({ planned, asked, acceptedAtMs }: RunEvidence, outages: readonly Outage[]): readonly Gap[] {
  return [...asked].flatMap(([metric, questions]) =>
    questions.map(({ atMs, number }, index) => {
      const before = questions[index - 1];
      const sinceMs = before?.atMs ?? acceptedAtMs;
      const ownMs = planned.intervalMs + (before?.hung === true ? TIMEOUT_S * 1_000 + ERROR_RETRY_MS : 0);
      return { metric, number, gapMs: atMs - sinceMs - excusedMs(sinceMs, atMs, outages), ownMs };
    }),
  );
}

/** The longest that a series stood still beyond what its spec says, while somebody could measure, ms. */
export const longestGapMs = ({ runs, outages }: Evidence): number =>
  Math.max(0, ...runs.flatMap((run) => gapsOf(run, outages)).map(({ gapMs, ownMs }) => gapMs - ownMs));

function gapFaults(
  run: RunEvidence,
  outages: readonly Outage[],
  { lockMs, sweepMs, slackMs }: Allowance,
): string[] {
  return gapsOf(run, outages).flatMap(({ metric, number, gapMs, ownMs }) => {
    const allowedMs = ownMs + lockMs + sweepMs + slackMs;
    return gapMs <= allowedMs
      ? []
      : [
          `${run.planned.id} ${metric}: ${Math.round(gapMs)} ms before question ${number}, allowed ${allowedMs}`,
        ];
  });
}

/** How long it was impossible to measure between two moments, ms. */
function excusedMs(fromMs: number, toMs: number, outages: readonly Outage[]): number {
  let sumMs = 0;
  let reachedMs = fromMs;
  const excusing = outages.filter(({ excuses }) => excuses);
  for (const outage of excusing.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const [from, to] = [Math.max(outage.fromMs, reachedMs), Math.min(outage.toMs, toMs)];
    if (to <= from) continue;
    sumMs += to - from;
    reachedMs = to;
  }
  return sumMs;
}

function callbackFaults({ planned, told }: RunEvidence): string[] {
  const ids = new Set(told.map(({ webhookId }) => webhookId));
  const verdicts = new Set(told.map(({ verdict }) => verdict));
  const right = RIGHT_VERDICT[planned.kind];
  if (told.length === 0) return [`${planned.id} was never told`];
  return [
    ...(ids.size === 1 ? [] : [`${planned.id} was told as ${[...ids].join(', ')}`]),
    ...(verdicts.size === 1 && verdicts.has(right)
      ? []
      : [`${planned.id} was told ${[...verdicts].join(', ')}`]),
  ];
}
