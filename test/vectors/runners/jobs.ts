import type { Measurement, Metric } from '../../../schemas/index.js';
import {
  builtInProviders,
  collectGarbage,
  createRegistry,
  type MeasureContext,
  takeMeasurement,
} from '../../../service/providers/index.js';
import { contextWith, openClient } from '../../providers/measure.js';
import { isRecord, judge, recordOf, textOf } from '../judge.js';
import { type Fields, RecordedJobs, withoutEmpty } from '../recorded-jobs.js';
import type { CaseResult, VectorFile, VectorRunner } from '../runner.js';

/** providers/job.json: what is asked of the Kubernetes API, and the measurement after each operation. */
export const runner: VectorRunner = { file: /^providers\/job\.json$/, run };

/** The recorded runs are objects of the cluster. */
const RUN_UID = '11111111-2222-3333-4444-555555555555';

async function* run({ json }: VectorFile): AsyncGenerator<CaseResult> {
  if (!isRecord(json) || !Array.isArray(json['vectors']))
    throw new TypeError('a provider file has a list of vectors');
  const nowMs = Date.parse(textOf(json, 'now'));
  const http = openClient();
  try {
    for (const vector of json['vectors'] as readonly unknown[]) {
      if (!isRecord(vector)) throw new TypeError('a vector must be an object');
      yield await runVector(vector, contextWith(http, { clock: { nowMs: () => nowMs } }));
    }
  } finally {
    http.close();
  }
}

async function runVector(vector: Fields, context: MeasureContext): Promise<CaseResult> {
  const item = { ...vector, id: textOf(vector, 'id'), group: 'job' };
  const stage = new Stage(vector, context);
  // A provider that could not be built is one operation without a name.
  const ops = Array.isArray(vector['ops']) ? vector['ops'].filter(isRecord) : [{ ...vector, op: 'run' }];
  const expected: Fields[] = [];
  const actual: Fields[] = [];
  for (const op of ops) {
    const got = await stage.play(op);
    if (got === undefined) continue;
    const wanted = wantedOf(op);
    expected.push(wanted);
    actual.push('message' in wanted ? got : withoutMessage(got));
  }
  return judge(item, { ops: expected }, { ops: actual });
}

/** The state of one vector: the Jobs, the clock and the measurement in hand. */
class Stage {
  readonly #jobs: RecordedJobs | undefined;
  readonly #metric: Metric;
  readonly #registry;
  readonly #context: MeasureContext;
  readonly #startMs: number;
  #nowMs: number;
  #measurement: Measurement = { phase: '' };
  #number = 1;

  constructor(vector: Fields, context: MeasureContext) {
    const metric = recordOf(vector, 'metric');
    const env = isRecord(vector['env']) ? vector['env'] : {};
    const namespace = env['ARGO_ROLLOUTS_ANALYSIS_JOB_NAMESPACE'];
    const run = isRecord(vector['run']) ? vector['run'] : {};
    // A kubeconfig that can not be read is no cluster.
    this.#jobs = 'ARGO_ROLLOUTS_ANALYSIS_JOB_KUBECONFIG' in env ? undefined : new RecordedJobs();
    this.#metric = { ...metric, name: textOf(metric, 'name'), provider: recordOf(metric, 'provider') };
    this.#registry = createRegistry(
      builtInProviders({
        job: {
          ...(this.#jobs === undefined ? {} : { jobs: this.#jobs }),
          ...(typeof namespace === 'string' ? { namespace } : {}),
        },
      }),
    );
    this.#startMs = context.clock.nowMs();
    this.#nowMs = this.#startMs;
    this.#context = {
      ...context,
      clock: { nowMs: () => this.#nowMs },
      metricName: this.#metric.name,
      run: {
        id: typeof run['uid'] === 'string' ? run['uid'] : RUN_UID,
        name: typeof run['name'] === 'string' ? run['name'] : 'run',
        namespace: typeof run['namespace'] === 'string' ? run['namespace'] : 'app',
        isClusterObject: true,
      },
    };
  }

  /** Plays one operation; answers what came of it if it asks the provider. */
  async play(op: Fields): Promise<Fields | undefined> {
    const name = textOf(op, 'op');
    if (name === 'advance') this.#nowMs += Number(op['ms']);
    else if (name === 'setMeasurement') this.#measurement = { phase: '', ...recordOf(op, 'measurement') };
    else if (name === 'setResults') this.#number = numberAfter(op['results'], this.#metric.name);
    else if (name === 'gc') return await this.#collect(Number(op['limit']));
    else if (name === 'run' || name === 'resume' || name === 'terminate') return await this.#take(name);
    else this.#jobs?.prepare(name, op);
    return undefined;
  }

  async #take(name: 'run' | 'resume' | 'terminate'): Promise<Fields> {
    const op = name === 'run' ? 'measure' : name;
    const previous = op === 'measure' ? {} : { previous: this.#measurement };
    const [metric, registry] = [this.#metric, this.#registry];
    const context = { ...this.#context, measurementNumber: this.#number };
    this.#measurement = await takeMeasurement({ metric, registry, context, op, ...previous });
    const { phase, message, metadata, finishedAt, resumeAt } = this.#measurement;
    return {
      phase,
      message,
      metadata: metadata ?? {},
      finished: finishedAt !== undefined,
      // Ours is to the millisecond, and gone once the measurement is over.
      ...(resumeAt === undefined ? {} : { resumeAtOffsetMs: Date.parse(resumeAt) - this.#nowMs }),
      actions: this.#jobs?.takeActions() ?? [],
    };
  }

  async #collect(limit: number): Promise<Fields> {
    let error: string | null = null;
    try {
      await collectGarbage(this.#metric, this.#registry, limit, this.#context);
    } catch (failure) {
      error = failure instanceof Error ? failure.message : String(failure);
    }
    return { error, actions: this.#jobs?.takeActions() ?? [] };
  }
}

/** The number of the next measurement, from recorded results of metrics. */
function numberAfter(results: unknown, metric: string): number {
  const result = (Array.isArray(results) ? results : []).filter(isRecord).find(({ name }) => name === metric);
  return Number(result?.['count'] ?? 0) + Number(result?.['error'] ?? 0) + 1;
}

/** What the recording expects of an operation, in the form of {@link Stage.play}. */
function wantedOf(op: Fields): Fields {
  const expect = recordOf(op, 'expect');
  const actions = withoutEmpty(op['actions'] ?? []);
  if ('error' in expect) return { error: expect['error'], actions };
  if ('newProviderError' in expect || 'panic' in expect)
    return { phase: 'Error', metadata: {}, finished: true, actions };
  const { phase, message, metadata = {}, finished, resumeAtOffsetMs } = expect;
  const ended = finished === true || typeof resumeAtOffsetMs !== 'number';
  return {
    phase,
    message,
    metadata,
    finished,
    ...(ended ? {} : { resumeAtOffsetMs: Math.floor(resumeAtOffsetMs) }),
    actions,
  };
}

/** Of a crash or of a library the recording does not tell the message. */
function withoutMessage({ message: _message, ...rest }: Fields): Fields {
  return rest;
}
