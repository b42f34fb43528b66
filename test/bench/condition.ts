import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';
import { report } from './figure.js';

const BENCH = 'condition';
const BASELINE = 'the same test written in JavaScript';
const MIN_MS = 400;

const VECTOR: TypedValue = { type: 'float64[]', value: [0.97] };
const LONG_VECTOR: TypedValue = {
  type: 'float64[]',
  value: Array.from({ length: 100 }, (_, n) => 0.9 + n / 1_000),
};
const OBJECT: TypedValue = {
  type: 'json',
  value: { ok: true, successPercent: 0.97, pods: [{ up: true }, { up: true }] },
};

/** A condition, the value it judges, and the same test as a person would write it in JavaScript. */
interface Subject {
  readonly condition: string;
  readonly result: TypedValue;
  readonly byHand: (value: unknown) => boolean;
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const SUBJECTS: readonly Subject[] = [
  {
    condition: 'result[0] >= 0.95 && !isNaN(result[0])',
    result: VECTOR,
    byHand: (value) => isNumbers(value) && (value[0] ?? Number.NaN) >= 0.95 && !Number.isNaN(value[0]),
  },
  {
    condition: 'all(result, # >= 0.9)',
    result: LONG_VECTOR,
    byHand: (value) => isNumbers(value) && value.every((sample) => sample >= 0.9),
  },
  {
    condition: 'result.ok && result.successPercent >= 0.95',
    result: OBJECT,
    byHand: (value) =>
      isObject(value) &&
      value['ok'] === true &&
      typeof value['successPercent'] === 'number' &&
      value['successPercent'] >= 0.95,
  },
];

/** How often a second `once` runs, on one core, warmed up. */
function perSecond(once: () => boolean): number {
  const batch = 20_000;
  let passed = 0;
  for (let n = 0; n < batch; n++) if (once()) passed++;
  const started = performance.now();
  let runs = 0;
  let elapsed = 0;
  while (elapsed < MIN_MS) {
    for (let n = 0; n < batch; n++) if (once()) passed++;
    runs += batch;
    elapsed = performance.now() - started;
  }
  // Every run must have judged; a figure of errors would be a fast lie.
  if (passed !== runs + batch) throw new Error('a run did not pass its condition');
  return Math.round((runs / elapsed) * 1_000);
}

/** Measures how fast compiled conditions are evaluated, each beside a hand-written predicate of the same run. */
export function run(): Promise<void> {
  for (const { condition, result, byHand } of SUBJECTS) {
    const baseline = perSecond(() => byHand(result.value));
    const conditions = { successCondition: condition };
    const judged = perSecond(() => evaluateConditions(result, conditions).phase === 'Successful');
    report({
      bench: BENCH,
      figure: `evaluations of ${condition}`,
      value: judged,
      unit: '1/s',
      baseline: BASELINE,
      ratio: judged / baseline,
    });
  }
  return Promise.resolve();
}
