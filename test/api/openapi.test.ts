import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import express, { type Express } from 'express';
import supertest from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApi } from '../../service/api/index.js';
import { createMemoryEngine } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { realDeps, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function api(): Express {
  return createApi({
    engine: createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps),
    metrics: createMetrics({ version: '1.2.3', nodeMetrics: false }),
    log: createLog({ level: 'silent' }),
    measureOnce: notAsked,
  });
}

interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Described {
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Description {
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: object;
}

const description = async (): Promise<Description> =>
  (await supertest(api()).get('/openapi.json').expect(200)).body as Description;

/** What express keeps of a router, as far as it is looked at here. */
interface Stack {
  readonly stack: readonly {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  }[];
}
const hasStack = (handler: unknown): handler is Stack => typeof handler === 'function' && 'stack' in handler;

/** `METHOD /path` of every route, as OpenAPI writes it. */
function routes(): readonly string[] {
  const use = vi.spyOn(express.application, 'use');
  api();
  return use.mock.calls.flatMap((call: readonly unknown[]) => {
    const base = typeof call[0] === 'string' ? call[0] : '';
    const router = call.at(-1);
    if (!hasStack(router)) return [];
    return router.stack.flatMap(({ route }) => {
      if (route === undefined) return [];
      const path = `${base}${route.path}`.replace(/(?<=.)\/$/, '').replace(/:(\w+)/g, '{$1}');
      return METHODS.filter((method) => route.methods[method] === true).map((method) => `${method} ${path}`);
    });
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...(await description()) });
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  it('has every route, and no other', async () => {
    const { paths } = await description();
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const pages = (route: string): boolean => /^get \/docs\/\S+\.(?:js|css|png)$/.test(route);
    expect(described.sort()).toEqual(
      routes()
        .filter((route) => !pages(route))
        .sort(),
    );
  });

  it('has examples that its shapes allow, one for each answer with a body', async () => {
    const { paths, components } = await description();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const faults: string[] = [];
    for (const [path, item] of Object.entries(paths))
      for (const [method, { requestBody, responses }] of Object.entries(item)) {
        const bodies = [
          ['body', requestBody?.content ?? {}] as const,
          ...Object.entries(responses).map(([status, { content = {} }]) => [status, content] as const),
        ];
        for (const [what, content] of bodies)
          for (const [type, { schema, example, examples }] of Object.entries(content)) {
            const values = [
              ...(example === undefined ? [] : [example]),
              ...Object.values(examples ?? {}).map(({ value }) => value),
            ];
            const needed = /json|yaml$/.test(type) && path.startsWith('/v1');
            if (needed && values.length === 0) faults.push(`${method} ${path} ${what}: has no example`);
            for (const value of values)
              if (!ajv.validate({ ...schema, components }, value))
                faults.push(`${method} ${path} ${what}: ${ajv.errorsText()}`);
          }
      }
    expect(faults).toEqual([]);
  });

  it('tells of an error answer for every call that can be wrong', async () => {
    const { paths } = await description();
    for (const [path, item] of Object.entries(paths))
      for (const { responses } of Object.values(item))
        if (path.startsWith('/v1'))
          expect(Object.keys(responses)).toEqual(expect.arrayContaining(['500', '503']));
  });

  it('tells that a path which is no UTF-8 is malformed, of every call with an id', async () => {
    const { paths } = await description();
    const client = supertest(api());
    for (const [path, item] of Object.entries(paths))
      for (const [method, { responses }] of Object.entries(item)) {
        if (!path.includes('{')) continue;
        const url = path.replace(/\{\w+\}/g, '%ff');
        const { status } = await (method === 'get'
          ? client.get(url)
          : method === 'put'
            ? client.put(url)
            : method === 'post'
              ? client.post(url)
              : client.delete(url));
        expect([method, path, status, Object.hasOwn(responses, '400')]).toEqual([method, path, 400, true]);
      }
  });

  it('tells of the scope of every call, and how it is refused without', async () => {
    const { paths } = await description();
    for (const [path, item] of Object.entries(paths))
      for (const { responses, security } of Object.values(item)) {
        const isSecured = path.startsWith('/v1') || path === '/metrics';
        expect([path, security?.length]).toEqual([path, isSecured ? 2 : undefined]);
        if (isSecured) expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '429']));
      }
  });
});

describe('the pages of the description', () => {
  it('come from this service alone, and have no script that its policy would stop', async () => {
    const client = supertest(api());
    await client.get('/').expect(302).expect('Location', '/docs');
    const page = await client.get('/docs').expect(200).expect('Content-Type', /html/);
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/upgrade-insecure-requests|https:/);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links).toHaveLength(5);
    for (const link of links) {
      expect(link).toMatch(/^\//);
      const asset = await client.get(link).expect(200);
      expect(asset.headers['content-type']).toMatch(
        /^(?:text\/css|text\/javascript|image\/png|application\/json)/,
      );
    }
    expect(page.text).not.toMatch(/<script(?![^>]*src=)/);
  });
});
