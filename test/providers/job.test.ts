import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { JobMetric, Measurement } from '../../schemas/index.js';
import {
  builtInProviders,
  collectGarbage,
  createRegistry,
  type Jobs,
  KubernetesError,
  type MeasureContext,
  type NewJob,
  readJob,
  type StoredJob,
  takeMeasurement,
} from '../../service/providers/index.js';
import { runner } from '../vectors/runners/jobs.js';
import { contextWith, NOW_MS, openClient } from './measure.js';

const http = openClient();
afterAll(() => {
  http.close();
});

const spec: JobMetric = { spec: { template: { spec: { restartPolicy: 'Never', containers: [] } } } };
const metric = { name: 'smoke', provider: { job: spec } };
const running: Measurement = {
  phase: 'Running',
  startedAt: new Date(NOW_MS - 50_000).toISOString(),
  metadata: { 'job-name': 'id.smoke.1', 'job-namespace': 'app' },
};
const away = new KubernetesError(
  'unreachable',
  'the Kubernetes API can not be reached: connect ECONNREFUSED',
);

/** Jobs of which only the given calls are expected. */
function jobsWith(calls: Partial<Jobs>): Jobs {
  const unexpected = (): never => {
    throw new TypeError('this call was not expected');
  };
  return {
    ...{ create: unexpected, get: unexpected, find: unexpected, pods: unexpected },
    ...{ ofRun: unexpected, delete: unexpected },
    ...calls,
  };
}

const take = (
  op: 'measure' | 'resume' | 'terminate',
  jobs: Jobs | undefined,
  more: Partial<MeasureContext> = {},
) =>
  takeMeasurement({
    metric,
    registry: createRegistry(builtInProviders(jobs === undefined ? {} : { job: { jobs } })),
    context: contextWith(http, { metricName: 'smoke', ...more }),
    op,
    ...(op === 'measure' ? {} : { previous: running }),
  });

it('every recorded call on the Kubernetes API is met', async () => {
  const path = 'providers/job.json';
  const json: unknown = JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8'));
  const results = [];
  for await (const result of await runner.run({ path, json })) results.push(result);
  expect(results.length).toBeGreaterThan(30);
  expect(results.filter(({ outcome }) => outcome !== 'agree')).toEqual([]);
});

describe('a Job', () => {
  it('needs a cluster, and says how to name one', async () => {
    expect(await take('measure', undefined)).toMatchObject({
      phase: 'Error',
      message:
        'there is no Kubernetes cluster to run the Job in: set KUBECONFIG, or run the service in a cluster with a service account',
    });
  });

  it('of a run that is no object in the cluster has no owner, and a day to live after its end', async () => {
    const created: NewJob[] = [];
    const jobs = jobsWith({ create: (job) => Promise.resolve(void created.push(job)) });
    expect(await take('measure', jobs, { measurementNumber: 3 })).toMatchObject({
      phase: 'Running',
      metadata: { 'job-name': 'id.smoke.3', 'job-namespace': 'app' },
    });
    expect(created[0]?.spec['ttlSecondsAfterFinished']).toBe(86_400);
    expect(created[0]?.metadata).not.toHaveProperty('ownerReferences');
  });

  it('that is there already is taken over when it belongs to the run, and else is in the way', async () => {
    const exists = new KubernetesError('badResponse', 'jobs.batch "id.smoke.1" already exists', 409);
    const found = (uid: string): Jobs =>
      jobsWith({
        create: () => Promise.reject(exists),
        get: () => Promise.resolve(readJob({ metadata: { labels: { 'analysisrun.argoproj.io/uid': uid } } })),
      });
    expect(await take('measure', found('id'))).toMatchObject({ phase: 'Running' });
    expect(await take('measure', found('other'))).toMatchObject({
      phase: 'Error',
      message: 'jobs.batch "id.smoke.1" already exists',
    });
  });

  it('is no other metric’s, even if the names are cut to the same', async () => {
    const run = { id: '11111111-2222-3333-4444-555555555555', name: 'run', namespace: 'app' };
    const stored = new Map<string, NewJob>();
    const jobs = jobsWith({
      create(job) {
        const { name } = job.metadata;
        if (stored.has(name)) return Promise.reject(new KubernetesError('badResponse', 'exists', 409));
        stored.set(name, job);
        return Promise.resolve();
      },
      get: (_namespace, name) => Promise.resolve(readJob(stored.get(name))),
    });
    const named = async (metricName: string) =>
      (await take('measure', jobs, { metricName, run })).metadata?.['job-name'];
    const first = await named('checkout-error-ratio-of-canary');
    const second = await named('checkout-error-ratio-of-stable');
    expect(first).toBe(`${run.id}.checkout-error-ratio-of-.1`);
    expect(second).toMatch(/\.checkout-error-r[0-9a-f]{8}\.1$/);
    expect(second).toHaveLength(63);
    // A worker that took over finds the same ones again.
    expect(await named('checkout-error-ratio-of-stable')).toBe(second);
    expect(await named('checkout-error-ratio-of-canary')).toBe(first);
    expect(stored.size).toBe(2);
  });

  it('has no half characters in its name', async () => {
    const created: NewJob[] = [];
    const jobs = jobsWith({ create: (job) => Promise.resolve(void created.push(job)) });
    const run = { id: 'r'.repeat(40), name: 'run', namespace: 'app' };
    await take('measure', jobs, { metricName: 'Überprüfung der Größen'.repeat(2), run });
    expect(created[0]?.metadata.name).toBe(`${'r'.repeat(40)}.Überprüfung der Gr.1`);
  });

  it('can not be named after a run whose id leaves no room', async () => {
    const run = { id: 'r'.repeat(62), name: 'run', namespace: 'app' };
    const { phase, message } = await take('measure', jobsWith({}), { run });
    expect(phase).toBe('Error');
    expect(message).toBe(
      `the id of the run is too long to name a Job after it: ${run.id} (at most 59 bytes)`,
    );
  });

  it('goes on while the API server is away', async () => {
    const measurement = await take('resume', jobsWith({ find: () => Promise.reject(away) }));
    expect(measurement).toMatchObject({
      phase: 'Running',
      message: 'the Kubernetes API can not be reached: connect ECONNREFUSED',
      metadata: running.metadata,
      resumeAt: new Date(NOW_MS + 10_000).toISOString(),
    });
  });

  it('that was deleted behind our back is an Error', async () => {
    const measurement = await take('resume', jobsWith({ find: () => Promise.resolve(undefined) }));
    expect(measurement).toMatchObject({ phase: 'Error', message: 'job.batch "id.smoke.1" not found' });
  });

  it('that failed says why', async () => {
    const failed = readJob({
      status: {
        conditions: [
          { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has failed' },
        ],
      },
    });
    expect(await take('resume', jobsWith({ find: () => Promise.resolve(failed) }))).toMatchObject({
      phase: 'Failed',
      message: 'BackoffLimitExceeded: Job has failed',
    });
  });

  it('is deleted again until the API server answers, within half a minute', async () => {
    let tries = 0;
    const jobs = jobsWith({
      delete: () => (++tries < 2 ? Promise.reject(away) : Promise.resolve()),
    });
    expect(await take('terminate', jobs)).toMatchObject({ phase: 'Inconclusive' });
    let nowMs = NOW_MS;
    const clock = { nowMs: () => (nowMs += 20_000) };
    expect(
      await take('terminate', jobsWith({ delete: () => Promise.reject(away) }), { clock }),
    ).toMatchObject({ phase: 'Error', message: away.message });
  });

  it('that works is no garbage, whatever the limit', async () => {
    const deleted: string[] = [];
    const stored = (name: string, status: unknown): StoredJob =>
      readJob({
        metadata: { name, namespace: 'app', creationTimestamp: `2024-05-01T10:0${name}:00Z` },
        status,
      });
    const jobs = jobsWith({
      ofRun: () =>
        Promise.resolve([
          stored('2', { conditions: [{ type: 'Complete' }] }),
          stored('1', { active: 1 }),
          stored('3', {}),
        ]),
      delete: (_namespace, name) => Promise.resolve(void deleted.push(name)),
    });
    await collectGarbage(metric, createRegistry(builtInProviders({ job: { jobs } })), 1, contextWith(http));
    expect(deleted).toEqual(['2']);
  });
});
