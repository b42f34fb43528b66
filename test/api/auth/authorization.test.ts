import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  AnalysisRunList,
  AnalysisTemplate,
  AnalysisTemplateList,
  Problem,
} from '../../../schemas/index.js';
import { API_OPERATIONS } from '../../../service/api/auth/index.js';
import { type ApiDeps, createApi, createProbes } from '../../../service/api/index.js';
import { openApiDocument } from '../../../service/api/openapi/openapi-document.js';
import { createMemoryEngine, type Engine } from '../../../service/engine/index.js';
import { createLog, createMetrics } from '../../../service/platform/index.js';
import { metric, realDeps, scripted } from '../../engine/fixtures.js';
import { authenticateWith, runIn, token } from './fixtures.js';

const TOKENS = [
  token('reader', ['read'], ['shop']),
  token('runner', ['run'], ['shop']),
  token('keeper', ['admin'], ['shop']),
  token('stranger', ['admin'], ['bank']),
  token('both', ['run'], ['shop', 'bank']),
  token('auditor', ['read'], ['*']),
  token('root', ['admin'], ['*']),
];
const template = (name: string, namespace?: string): AnalysisTemplate => ({
  kind: 'AnalysisTemplate',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec: { metrics: [metric('slow', { interval: '1h', initialDelay: '1h' })] },
});

let engine: Engine;
let deps: ApiDeps;
beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
  deps = {
    engine,
    metrics: createMetrics({ version: '1.2.3', nodeMetrics: false }),
    log: createLog({ level: 'silent' }),
    authenticate: authenticateWith({ tokens: TOKENS }),
    measureOnce: () =>
      Promise.resolve({ phase: 'Successful', startedAt: '2026-11-25T00:00:00Z', explain: {} }),
    templates: {
      list: () =>
        Promise.resolve({
          templates: [template('ours', 'shop'), template('theirs', 'bank'), template('everybodys')],
          clusterTemplates: [],
          errors: [{ file: 'bank.yaml', path: '', message: 'is broken' }],
        }),
    },
  };
  await engine.create(runIn('shop'), { id: 'in-shop' });
  await engine.create(runIn('bank'), { id: 'in-bank' });
});
afterEach(() => engine.stop());

type Method = 'get' | 'post' | 'put' | 'delete';
const ask = (method: string, path: string, as?: string, body?: object) => {
  const call = supertest(createApi(deps))[method.toLowerCase() as Method](path);
  if (as !== undefined) call.set('Authorization', `Bearer ${as}`);
  return body === undefined ? call : call.send(body);
};
/** A body that the operation takes, for the namespace; undefined: it takes none. */
const bodyFor = (id: string, namespace: string): object | undefined => {
  if (id.startsWith('startRun')) return runIn(namespace);
  if (id === 'validateTemplate') return template('any', namespace);
  return id === 'measure' ? { metric: metric('once'), metadata: { namespace } } : undefined;
};
const pathFor = (path: string, run: string): string =>
  path.replace('{id}', run).replace('{delivery}', 'verdict-0');

describe('every call of the API', () => {
  it('is in the table by which callers are judged, with its name', () => {
    const described = Object.entries(openApiDocument('1').paths).flatMap(([path, item]) =>
      Object.entries(item).map(
        ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
      ),
    );
    expect(API_OPERATIONS.map(({ id, method, path }) => `${method} ${path} ${id}`).sort()).toEqual(
      described.filter((each) => each.includes(' /v1/')).sort(),
    );
  });

  it.each(API_OPERATIONS)(
    '$id is for nobody without a token, nor with one that is not known',
    async (operation) => {
      const { id, method, path } = operation;
      for (const as of [undefined, 'guess']) {
        const answer = await ask(method, pathFor(path, 'in-shop'), as, bodyFor(id, 'shop'));
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="assay"']);
      }
    },
  );

  it.each(API_OPERATIONS)('$id needs its scope', async ({ id, method, path, scope }) => {
    const allowed = { read: ['reader', 'runner', 'keeper'], run: ['runner', 'keeper'], admin: ['keeper'] };
    for (const as of ['reader', 'runner', 'keeper']) {
      if (id === 'runEvents' && allowed[scope].includes(as)) continue; // goes on for as long as the run
      const answer = await ask(
        method,
        pathFor(path, id === 'startRunWithId' ? `by-${as}` : 'in-shop'),
        as,
        bodyFor(id, 'shop'),
      );
      const refused = answer.status === 403;
      expect([as, answer.status, refused]).toEqual([as, answer.status, !allowed[scope].includes(as)]);
    }
  });

  it.each(API_OPERATIONS.filter(({ id }) => !id.startsWith('list') || id === 'listDeliveries'))(
    '$id is not possible in a namespace of others, nor tells what there is',
    async ({ id, method, path }) => {
      const body = bodyFor(id, 'shop');
      const asked = await ask(method, pathFor(path, 'in-shop'), 'stranger', body);
      if (body !== undefined) {
        expect(asked.status).toBe(403);
        return;
      }
      const missing = await ask(method, pathFor(path, 'no-such'), 'stranger');
      const { detail } = asked.body as Problem;
      expect([asked.status, missing.status]).toEqual([404, 404]);
      expect((missing.body as Problem).detail).toBe(detail?.replace('in-shop', 'no-such'));
      expect((await engine.get('in-shop'))?.status?.phase).toBe('Running');
    },
  );

  it('that there is not is refused to all but who may do everything', async () => {
    expect((await ask('post', '/v1/nothing', 'keeper', {})).status).toBe(403);
    expect((await ask('post', '/v1/nothing', 'root', {})).status).toBe(404);
  });

  it('means the same in other spellings that the router takes for it', async () => {
    expect((await ask('delete', '/V1/AnalysisRuns/in-shop/', 'runner')).status).toBe(403);
    expect((await ask('delete', '/V1/AnalysisRuns/in-shop/', 'keeper')).status).toBe(204);
  });
});

describe('lists', () => {
  const listed = async (as: string, query = ''): Promise<readonly string[]> => {
    const answer = await ask('get', `/v1/analysisruns${query}`, as).expect(200);
    return (answer.body as AnalysisRunList).items.map(({ metadata }) => metadata?.uid ?? '');
  };

  it('have the runs of the namespaces that a caller may read', async () => {
    expect(await listed('reader')).toEqual(['in-shop']);
    expect(await listed('stranger')).toEqual(['in-bank']);
    expect((await listed('both')).slice().sort()).toEqual(['in-bank', 'in-shop']);
    expect((await listed('auditor')).slice().sort()).toEqual(['in-bank', 'in-shop']);
    expect(await listed('auditor', '?namespace=bank')).toEqual(['in-bank']);
    await ask('get', '/v1/analysisruns?namespace=bank', 'reader').expect(403);
  });

  it('are paged over several namespaces, newest first, with tokens that name no run of others', async () => {
    for (const [index, namespace] of ['shop', 'bank', 'shop', 'mint', 'bank', 'mint'].entries())
      await engine.create(runIn(namespace), { id: `${namespace}-${index}` });
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const query = next === undefined ? '' : `&continue=${next}`;
      const answer = await ask('get', `/v1/analysisruns?limit=2${query}`, 'both').expect(200);
      const { items, metadata } = answer.body as AnalysisRunList;
      seen.push(...items.map((run) => run.metadata?.uid ?? ''));
      next = metadata.continue;
      if (next !== undefined) expect(Buffer.from(next, 'base64url').toString()).not.toContain('mint');
    } while (next !== undefined);
    const all = (await engine.list({ limit: 100 })).items.map(({ metadata }) => metadata?.uid ?? '');
    expect(seen).toEqual(all.filter((id) => !id.startsWith('mint')));
  });

  it('have the templates of those namespaces and of all, and faults only for who may read all', async () => {
    const names = async (as: string) => {
      const { items, errors } = (await ask('get', '/v1/analysistemplates', as).expect(200))
        .body as AnalysisTemplateList;
      return { names: items.map(({ metadata }) => metadata?.name), faults: errors.length };
    };
    expect(await names('reader')).toEqual({ names: ['ours', 'everybodys'], faults: 0 });
    expect(await names('auditor')).toEqual({ names: ['ours', 'theirs', 'everybodys'], faults: 1 });
  });
});

describe('a stream of changes', () => {
  it('tells of the runs that a caller may read, and of no other', async () => {
    const server = createServer(createApi(deps)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
    const over = new AbortController();
    try {
      const stream = await fetch(`http://127.0.0.1:${address.port}/v1/analysisruns?watch=true`, {
        headers: { authorization: 'Bearer reader' },
        signal: over.signal,
      });
      expect(stream.status).toBe(200);
      let text = '';
      for await (const piece of (stream.body ?? []) as AsyncIterable<Uint8Array>) {
        const isReady = text.includes('event: ready');
        text += new TextDecoder().decode(piece);
        if (text.includes('in-shop')) break;
        // That of others goes first: it would be told of before ours.
        if (!isReady && text.includes('event: ready'))
          for (const id of ['in-bank', 'in-shop']) await engine.terminate(id);
      }
      expect(text).not.toContain('in-bank');
    } finally {
      over.abort();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a stream of all changes', () => {
  const withRights = (namespaces: readonly string[]) =>
    authenticateWith({ tokens: namespaces.length === 0 ? [] : [token('reader', ['read'], namespaces)] });

  it.each([
    ['is taken back', []],
    ['has other rights', ['bank']],
  ])('ends when its token %s, and not before', async (_what, after) => {
    let rights = withRights(['shop']);
    let checks = 0;
    const authenticate = (given: string) => {
      checks += 1;
      return rights(given);
    };
    const server = createServer(createApi({ ...deps, authenticate, streams: { recheckMs: 5 } }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const stream = await fetch(`http://127.0.0.1:${port}/v1/analysisruns?watch=true`, {
        headers: { authorization: 'Bearer reader' },
      });
      let over = false;
      const read = stream.text().then((text) => {
        over = true;
        return text;
      });
      await vi.waitFor(() => {
        expect(checks).toBeGreaterThan(5);
      });
      expect(over).toBe(false);
      rights = withRights(after);
      expect(await read).toContain('event: ready');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a run', () => {
  it('can not be made of a template of a namespace of others', async () => {
    const request = { templates: [{ templateName: 'theirs' }], metadata: { namespace: 'shop' } };
    await ask('post', '/v1/analysisruns', 'runner', request).expect(422);
    await ask('post', '/v1/analysisruns', 'runner', {
      ...request,
      templates: [{ templateName: 'ours' }],
    }).expect(201);
  });

  it('is for the namespace default when it names none, where not everybody has a scope', async () => {
    const { metadata: _metadata, ...run } = runIn('shop');
    const answer = await ask('post', '/v1/analysisruns', 'runner', run).expect(403);
    expect((answer.body as Problem).detail).toBe(
      'this needs the scope run in the namespace "default", which these credentials do not have',
    );
  });

  it('of an Idempotency-Key is that of the caller who chose it', async () => {
    const post = (as: string) =>
      ask('post', '/v1/analysisruns', as, runIn('shop')).set('Idempotency-Key', 'deploy-7');
    const first = await post('runner').expect(201);
    expect((await post('runner').expect(200)).body).toMatchObject({
      metadata: { uid: (first.body as { metadata: { uid: string } }).metadata.uid },
    });
    await post('keeper').expect(201);
  });
});

describe('what is not under /v1', () => {
  it('is for everybody but for the metrics, which name runs of all namespaces', async () => {
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs'])
      expect((await ask('get', path)).status).toBe(200);
    for (const [as, status] of [
      [undefined, 401],
      ['keeper', 403],
      ['auditor', 200],
    ] as const)
      expect((await ask('get', '/metrics', as)).status).toBe(status);
  });

  it('can be opened to scrapers', async () => {
    deps = { ...deps, publicMetrics: true };
    expect((await ask('get', '/metrics')).status).toBe(200);
  });

  it('is the same at a process that only measures', async () => {
    const probes = supertest(createProbes(deps));
    await probes.get('/metrics').expect(401);
    await probes.get('/metrics').set('Authorization', 'Bearer auditor').expect(200);
    await probes.get('/healthz').expect(200);
  });
});
