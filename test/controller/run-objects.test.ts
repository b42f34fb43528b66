import { describe, expect, it } from 'vitest';
import { readRunObject } from '../../service/controller/runs/run-object.js';
import { createRunObjects } from '../../service/controller/runs/run-objects.js';
import { type KubernetesApi, KubernetesError } from '../../service/providers/kubernetes/index.js';
import type { ApiRequest } from '../../service/providers/kubernetes/kubernetes-api.js';

interface StoredRun {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    uid: string;
    resourceVersion: string;
  };
  readonly spec: object;
  status?: Record<string, unknown>;
}

/** An API server with runs of one namespace, whose definition has the status subresource, or not, as the test says. */
function apiServer(hasSubresource: boolean) {
  const stored = new Map<string, StoredRun>();
  const asked: string[] = [];
  let version = 0;
  const server = {
    ...{ hasSubresource, asked },
    /** Done once, after the next request has been answered. */
    afterNext: (): void => undefined,
    /** How a status with metrics is refused. */
    refusal: undefined as KubernetesError | undefined,
    create: (name: string) => {
      const metadata = {
        name,
        namespace: 'shop',
        uid: `${name}-${++version}`,
        resourceVersion: `${version}`,
      };
      const run: StoredRun = { metadata, spec: {} };
      stored.set(name, run);
      return readRunObject(structuredClone(run));
    },
    phase: (name: string) => stored.get(name)?.status?.['phase'],
    status: (name: string) => stored.get(name)?.status,
  };
  const answer = ({ method, path, body }: ApiRequest): StoredRun => {
    const [, name = '', ofStatus] = /\/analysisruns\/([^/]+)(\/status)?$/.exec(path) ?? [];
    asked.push(`${method} ${name}${ofStatus ?? ''}`);
    const run = stored.get(name);
    if (run === undefined || (ofStatus !== undefined && !server.hasSubresource))
      throw new KubernetesError('badResponse', 'not found', 404);
    if (method !== 'PATCH') return run;
    const { metadata, status } = body as Pick<StoredRun, 'metadata' | 'status'>;
    if (metadata.uid !== run.metadata.uid || metadata.resourceVersion !== run.metadata.resourceVersion)
      throw new KubernetesError('badResponse', 'conflict', 409);
    if (server.refusal !== undefined && status?.['metricResults'] !== undefined) throw server.refusal;
    const isKept = server.hasSubresource === (ofStatus !== undefined);
    if (isKept && JSON.stringify(status) !== '{}') {
      run.status = { ...run.status, ...status };
      run.metadata.resourceVersion = `${++version}`;
    }
    return run;
  };
  const api: KubernetesApi = {
    async request(request) {
      await Promise.resolve();
      try {
        return structuredClone(answer(request));
      } finally {
        const after = server.afterNext;
        server.afterNext = () => undefined;
        after();
      }
    },
    lines: () => {
      throw new Error('not watched');
    },
    close: () => undefined,
  };
  return { ...server, server, objects: createRunObjects(api, new AbortController().signal) };
}

const RUNNING = { phase: 'Running' };
const FAILED = { phase: 'Failed', message: 'why' };

describe('a status is written', () => {
  it('to the subresource of an object, with one request', async () => {
    const { objects, create, asked, phase } = apiServer(true);
    expect(await objects.writeStatus(create('a'), FAILED)).toMatchObject({ phase: 'Failed' });
    expect([phase('a'), asked]).toEqual(['Failed', ['PATCH a/status']]);
  });

  it('with the object where there is none, and is not looked for each time', async () => {
    const { objects, create, asked, phase } = apiServer(false);
    await objects.writeStatus(create('a'), FAILED);
    await objects.writeStatus(create('b'), FAILED);
    expect([phase('a'), phase('b')]).toEqual(['Failed', 'Failed']);
    expect(asked).toEqual(['PATCH a/status', 'GET a', 'PATCH a', 'PATCH b']);
  });

  it('to the subresource from when the definition has one', async () => {
    const { objects, create, asked, phase, server } = apiServer(false);
    await objects.writeStatus(create('before'), FAILED);
    server.hasSubresource = true;
    expect(await objects.writeStatus(create('after'), FAILED)).toMatchObject({ phase: 'Failed' });
    asked.length = 0;
    await objects.writeStatus(create('later'), FAILED);
    expect([phase('after'), phase('later'), asked]).toEqual(['Failed', 'Failed', ['PATCH later/status']]);
  });

  it('of a run that goes on too, although its phase stays the same', async () => {
    const { objects, create, server } = apiServer(false);
    const running = await objects.writeStatus(create('a'), RUNNING);
    server.hasSubresource = true;
    // What tells that the status was left out is the version.
    if (running === undefined || running === 'changed') throw new Error('it was not written');
    const more = await objects.writeStatus(running, { ...RUNNING, message: 'half of it' });
    expect(more).toMatchObject({ open: { status: { message: 'half of it' } } });
  });

  it('to the subresource still when another object got the name of one that was deleted just then', async () => {
    const { objects, create, asked, phase, server } = apiServer(true);
    const twin = create('twin');
    server.hasSubresource = false;
    server.afterNext = () => {
      server.hasSubresource = true;
      create('twin');
    };
    expect(await objects.writeStatus(twin, FAILED)).toBeUndefined();
    await objects.writeStatus(create('later'), FAILED);
    expect([phase('twin'), phase('later')]).toEqual([undefined, 'Failed']);
    expect(asked).toEqual(['PATCH twin/status', 'GET twin', 'PATCH later/status']);
  });

  it.each`
    status | message
    ${413} | ${'Request entity too large: limit is 3145728'}
    ${422} | ${'metadata.annotations: Too long: must have at most 262144 bytes'}
    ${500} | ${'etcdserver: request is too large'}
    ${500} | ${'rpc error: code = ResourceExhausted desc = trying to send message larger than max'}
  `('without its metrics when it is refused with $status $message', async ({ status, message }) => {
    const { objects, create, server } = apiServer(true);
    const large = { ...FAILED, runSummary: { count: 1, failed: 1 }, metricResults: [{ name: 'm' }] };
    server.refusal = new KubernetesError('badResponse', message as string, status as number);
    const object = create('a');
    expect(await objects.writeStatus(object, large)).toMatchObject({ phase: 'Failed' });
    const place = `too large for this object, details are in the service: GET /v1/analysisruns/${object.metadata.uid}`;
    expect(server.status('a')).toEqual({
      ...{ phase: 'Failed', runSummary: { count: 1, failed: 1 }, message: `why (${place})` },
    });
    // What has other reasons is no matter of size.
    server.refusal = new KubernetesError('badResponse', 'the server is busy', 500);
    await expect(objects.writeStatus(create('b'), large)).rejects.toThrow('the server is busy');
  });
});
