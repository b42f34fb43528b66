import type { ConditionsExplained, ExplainedMeasurement, Explanation, Metric } from '../../schemas/index.js';
import type { Redactor } from '../analysis/index.js';
import { ConditionError, explain, type Explanation as Part, type TypedValue } from '../condition/index.js';
import { HIDDEN_REASON, holdsSecret } from './condition-reason.js';
import type { MeasurementFailure } from './failure.js';
import { type MeasurementTask, takeMeasurement } from './take-measurement.js';

/** Characters of a value or expression that are told; a result may be a megabyte. */
const MAX_TEXT = 300;
/** Parts of a condition that are told. */
const MAX_PARTS = 500;

/**
 * {@link takeMeasurement}, what every part of the metric's conditions came to, and of an Error what is known beside its
 * message. There is nothing to explain when no
 * value was got, or when the store judged itself.
 */
export async function takeExplainedMeasurement(task: MeasurementTask): Promise<ExplainedMeasurement> {
  let explained: ConditionsExplained = {};
  let failure: MeasurementFailure | undefined;
  const measurement = await takeMeasurement({
    ...task,
    onValue(value, nowMs, redactor) {
      explained = explainConditions(task.metric, value, { nowMs, redactor });
    },
    onFailure(told) {
      failure = told;
      task.onFailure?.(told);
    },
  });
  return { ...measurement, ...(failure === undefined ? {} : { failure }), explain: explained };
}

interface Circumstances {
  /** The time at which the conditions were judged, epoch ms. */
  readonly nowMs: number;
  readonly redactor: Redactor;
}

function explainConditions(
  { successCondition = '', failureCondition = '' }: Metric,
  value: TypedValue,
  circumstances: Circumstances,
): ConditionsExplained {
  return {
    ...(successCondition === ''
      ? {}
      : { successCondition: explanationOf(successCondition, value, circumstances) }),
    ...(failureCondition === ''
      ? {}
      : { failureCondition: explanationOf(failureCondition, value, circumstances) }),
  };
}

function explanationOf(
  condition: string,
  value: TypedValue,
  { nowMs, redactor }: Circumstances,
): readonly Explanation[] {
  // Masked before it is cut: half a secret would not be found.
  const shown = (text: string): string => cut(redactor.text(text));
  try {
    const whole = explain(condition, value, nowMs);
    // Parts of the condition would be parts of the secret, and so may be what they came to.
    if (holdsSecret(condition, redactor)) {
      const told =
        whole.value === 'true' || whole.value === 'false' ? { value: whole.value } : { error: HIDDEN_REASON };
      return [{ expression: shown(condition), depth: 0, line: 1, column: 1, ...told }];
    }
    return partsOf(whole, 0)
      .slice(0, MAX_PARTS)
      .map(({ part, depth }) => ({
        expression: shown(part.source),
        depth,
        ...placeOf(condition, part.at),
        ...(part.value === undefined ? {} : { value: shown(part.value) }),
        ...(part.error === undefined ? {} : { error: shown(part.error) }),
      }));
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const { message, line, column } = error;
    const told = holdsSecret(condition, redactor) ? HIDDEN_REASON : shown(message);
    return [{ expression: shown(condition), depth: 0, line, column, error: told }];
  }
}

function partsOf(part: Part, depth: number): { readonly part: Part; readonly depth: number }[] {
  return [{ part, depth }, ...part.children.flatMap((child) => partsOf(child, depth + 1))];
}

function placeOf(condition: string, offset: number): Pick<Explanation, 'line' | 'column'> {
  const before = condition.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
