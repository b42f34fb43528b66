import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type AnalysisTemplate,
  DocumentTextError,
  type Metric,
  parseDocuments,
  validateDocument,
} from '../../schemas/index.js';
import { lint, prepareRun } from '../../service/analysis/index.js';
import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';
import type { HttpClient } from '../../service/providers/index.js';
import { measureOnce } from '../providers/measure.js';
import { expression, result, soup } from './condition-arbitraries.js';

/** What a JavaScript engine says of itself must never be what a user reads. */
const ENGINE = /undefined is not|is not a function|Cannot (read|convert|mix)|call stack|\[object /;

function refuse(text: string | undefined): void {
  if (text !== undefined && ENGINE.test(text)) throw new Error(`a fault of the engine is told: ${text}`);
}

/** Some characters of a text replaced, doubled or left out. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.nat(8), fc.string({ unit: 'binary', maxLength: 6 }));
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 8 }))
    .map(([text, changes]) =>
      changes.reduce((changed, [at, length, insert]) => {
        const start = at % (changed.length + 1);
        return changed.slice(0, start) + insert + changed.slice(start + length);
      }, text),
    );
}

const SEEDS = ['result[0] >= 0.95 && !isNaN(result[0])', 'all(result.pods, .up) ? 1 : nil', '"a" | upper()'];

const condition = fc.asyncProperty(
  result,
  fc.oneof(expression, soup, mutated(SEEDS)),
  (value: TypedValue, source) => {
    refuse(evaluateConditions(value, { successCondition: source }).error);
    return Promise.resolve();
  },
);

const EXAMPLES = join(import.meta.dirname, '../../examples');
const documents = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));

const spec = fc.asyncProperty(mutated(documents), (text) => {
  let parsed;
  try {
    parsed = parseDocuments(text);
  } catch (error) {
    if (error instanceof DocumentTextError) return Promise.resolve();
    throw error;
  }
  for (const { value } of parsed) {
    const { value: template, errors } = validateDocument('AnalysisTemplate', value) as {
      readonly value?: AnalysisTemplate;
      readonly errors: readonly { readonly message: string }[];
    };
    for (const { message } of errors) refuse(message);
    if (errors.length > 0 || template === undefined) continue;
    for (const { message } of lint(template).errors) refuse(message);
    prepareRun({ ...template.spec, metrics: template.spec.metrics ?? [] });
  }
  return Promise.resolve();
});

const BODIES = [
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1714564800,"0.97"]}]}}',
  '{"status":"success","data":{"resultType":"scalar","result":[1714564800,"0.97"]}}',
  '{"status":"error","errorType":"bad_data","error":"parse error"}',
  '{"data":{"ok":true,"successPercent":0.95,"pods":[{"up":true}]}}',
];
const METRICS: readonly Omit<Metric, 'name'>[] = [
  {
    successCondition: 'result[0] >= 0.95',
    provider: { prometheus: { address: 'http://p.test', query: 'up' } },
  },
  { successCondition: 'result.ok', provider: { web: { url: 'http://w.test/', jsonPath: '{$.data}' } } },
];

/** A client whose every answer is this one. */
function scripted(status: number, body: string): HttpClient {
  return {
    request: () =>
      Promise.resolve({
        status,
        statusText: '',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(body),
        text: () => body,
      }),
    close: () => undefined,
  };
}

const response = fc.asyncProperty(
  fc.constantFrom(...METRICS),
  fc.constantFrom(200, 200, 200, 400, 500),
  mutated(BODIES),
  async (metric, status, body) => {
    refuse((await measureOnce(metric, scripted(status, body))).message);
  },
);

/** What may be fuzzed, by name. */
export const TARGETS: Readonly<Record<string, fc.IAsyncProperty<unknown>>> = { condition, spec, response };
