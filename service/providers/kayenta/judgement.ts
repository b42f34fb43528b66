import type { KayentaThreshold } from '../../../schemas/index.js';
import { toInt64, typeName } from '../../condition/index.js';
import type { JsonValue } from '../go-json.js';
import { printGo } from '../go-print.js';
import { type GoStruct, structOf } from '../go-struct.js';
import { ProviderError } from '../provider-error.js';

/** What the score of an analysis comes to. */
export interface Judgement {
  readonly phase: 'Successful' | 'Inconclusive' | 'Failed';
  /** The score, cut to a whole number. */
  readonly text: string;
}

const SCORE = ['result', 'judgeResult', 'score', 'score'] as const;
/** Characters of a value that messages show. */
const MAX_SHOWN = 4_096;

/**
 * The outcome of an analysis; undefined: it goes on. An analysis that is complete without a score is an error: it judged
 * nothing.
 * @throws ProviderError (`badResponse`)
 */
export function readJudgement(answer: GoStruct, { pass, marginal }: KayentaThreshold): Judgement | undefined {
  const complete = nested(answer, ['complete']);
  if (complete === undefined) throw malformed('Missing Complete Status');
  if (typeof complete !== 'boolean') throw wrongKind(['complete'], complete, 'bool');
  if (!complete) return undefined;
  const exact = nested(answer, SCORE);
  if (exact === undefined) throw malformed('Missing Score');
  if (typeof exact !== 'number') throw wrongKind(SCORE, exact, 'float64');
  const score = toInt64(exact);
  const phase = score >= pass ? 'Successful' : score >= marginal ? 'Inconclusive' : 'Failed';
  return { phase, text: String(score) };
}

/** The value at a path of objects; undefined: it is not there. */
function nested(answer: GoStruct, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = answer;
  for (const [depth, name] of path.entries()) {
    if (value === undefined || value === null) return undefined;
    if (typeName(value) !== 'map[string]interface {}')
      throw wrongKind(path.slice(0, depth + 1), value, 'map[string]interface{}');
    const object = structOf(value, name);
    value = Object.hasOwn(object, name) ? object[name] : undefined;
  }
  return value;
}

const wrongKind = (path: readonly string[], value: JsonValue, wanted: string): ProviderError =>
  malformed(
    `.${path.join('.')} accessor error: ${printGo(value, MAX_SHOWN).slice(0, MAX_SHOWN)} is of the type ${typeName(value)}, expected ${wanted}`,
  );

const malformed = (message: string): ProviderError => new ProviderError('badResponse', message);
