import supertest from 'supertest';
import { type ApiDeps, createApi } from '../../service/api/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { metric, realDeps, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

const log = createLog({ level: 'silent' });
const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });

/** The fields of answers that tests look at. Which of them there are is what the tests check. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly metadata: { readonly uid: string; readonly name: string; readonly continue: string };
    readonly spec: { readonly args: object };
    readonly status: { readonly phase: string };
    readonly items: readonly Answer['body'][];
    readonly title: string;
    readonly detail: string;
    readonly errors: readonly { readonly path: string; readonly message: string }[];
  };
}
interface Call extends PromiseLike<Answer> {
  send(body: object | string): Call;
  set(name: string, value: string): Call;
  expect(status: number, body?: object): Call;
}
export type Client = Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', (path: string) => Call>>;

/** The API over an engine. */
export const apiOver = (engine: Engine, more: Partial<ApiDeps> = {}): Client =>
  supertest(createApi({ engine, metrics, log, measureOnce: notAsked, ...more }));

/** An engine whose metric `bad` is measured as failed, all others as successful; the API over it, and what it measured. */
export async function startMemoryApi() {
  const { measure, asked } = scripted((name) => (name === 'bad' ? 'Failed' : 'Successful'));
  const engine = createMemoryEngine(realDeps(measure).deps);
  await engine.start();
  return { engine, api: apiOver(engine), asked };
}

/** A run with one metric. */
export const runBody = (name = 'good', fields: object = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisRun',
  metadata: { name: 'checkout', namespace: 'shop', labels: { app: name } },
  spec: { metrics: [metric(name)] },
  ...fields,
});

/** A run that goes on for good. */
export const endless = () => ({ ...runBody(), spec: { metrics: [metric('slow', { interval: '1h' })] } });

/** A template with an argument. */
export const template = (fields: object = {}) => ({
  kind: 'AnalysisTemplate',
  metadata: { name: 'latency' },
  spec: { args: [{ name: 'service' }], metrics: [metric('good')] },
  ...fields,
});
