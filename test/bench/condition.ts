import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';
import { report } from './figure.js';

const BENCH = 'condition';
const BASELINE = 'the same test written in JavaScript';
const MIN_MS = 400;

/** Values that are judged in turn; every other one passes, so that neither side can foresee an outcome. */
const VARIANTS = 64;
const variants = (make: (passes: boolean, index: number) => TypedValue): readonly TypedValue[] =>
  Array.from({ length: VARIANTS }, (_, index) => make(index % 2 === 0, index));

const VECTORS = variants((passes, index) => ({
  type: 'float64[]',
  value: [(passes ? 0.95 : 0.9) + index / 10_000],
}));
const LONG_VECTORS = variants((passes, index) => ({
  type: 'float64[]',
  value: Array.from({ length: 100 }, (_, n) => (n === 99 && !passes ? 0.5 : 0.9 + (n + index) / 10_000)),
}));
const OBJECTS = variants((passes, index) => ({
  type: 'json',
  value: {
    ok: true,
    successPercent: (passes ? 0.95 : 0.9) + index / 10_000,
    pods: [{ up: true }, { up: true }],
  },
}));

/** A condition, the values it judges, and the same test as a person would write it in JavaScript. */
interface Subject {
  readonly condition: string;
  readonly results: readonly TypedValue[];
  readonly byHand: (value: unknown) => boolean;
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const SUBJECTS: readonly Subject[] = [
  {
    condition: 'result[0] >= 0.95 && !isNaN(result[0])',
    results: VECTORS,
    byHand: (value) => isNumbers(value) && (value[0] ?? Number.NaN) >= 0.95 && !Number.isNaN(value[0]),
  },
  {
    condition: 'all(result, # >= 0.9)',
    results: LONG_VECTORS,
    byHand: (value) => isNumbers(value) && value.every((sample) => sample >= 0.9),
  },
  {
    condition: 'result.ok && result.successPercent >= 0.95',
    results: OBJECTS,
    byHand: (value) =>
      isObject(value) &&
      value['ok'] === true &&
      typeof value['successPercent'] === 'number' &&
      value['successPercent'] >= 0.95,
  },
];

/** CPU time of this process, ms: other work on the machine does not change what a judgement costs. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** How often `judge` judges one of the values, taken in turn, in a second of one core's time, warmed up. */
function perSecond(results: readonly TypedValue[], judge: (result: TypedValue) => boolean): number {
  const rounds = 400;
  const batch = (): number => {
    let passed = 0;
    for (let round = 0; round < rounds; round++) for (const result of results) if (judge(result)) passed++;
    return passed;
  };
  // Every outcome is counted and checked: what nobody looks at, the optimiser leaves out, and a figure of errors would be a fast lie.
  let passed = batch();
  const started = cpuMs();
  let batches = 0;
  let elapsed = 0;
  while (elapsed < MIN_MS) {
    passed += batch();
    batches++;
    elapsed = cpuMs() - started;
  }
  if (passed !== ((batches + 1) * rounds * results.length) / 2)
    throw new Error('half of the values must pass');
  return (batches * rounds * results.length * 1_000) / elapsed;
}

/** Measures how fast compiled conditions are evaluated, each beside a hand-written predicate of the same run. */
export function run(): Promise<void> {
  for (const { condition, results, byHand } of SUBJECTS) {
    const baseline = perSecond(results, ({ value }) => byHand(value));
    const conditions = { successCondition: condition };
    const judged = perSecond(
      results,
      (result) => evaluateConditions(result, conditions).phase === 'Successful',
    );
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
