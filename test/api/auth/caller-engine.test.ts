import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Caller } from '../../../service/api/auth/caller.js';
import { engineFor } from '../../../service/api/auth/caller-engine.js';
import { RequestError } from '../../../service/api/request-error.js';
import {
  type CreateOptions,
  createMemoryEngine,
  type Engine,
  IdConflictError,
} from '../../../service/engine/index.js';
import { realDeps, scripted } from '../../engine/fixtures.js';
import { runIn } from './fixtures.js';

const callerOf = (id: string, ...namespaces: readonly string[]): Caller => ({
  id,
  grants: [{ scopes: ['admin'], namespaces }],
});
const ci = callerOf('token:ci', 'shop');
const never = new AbortController().signal;
const nobody = (): void => undefined;

let engine: Engine;
let asked: CreateOptions[];
beforeEach(async () => {
  const made = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  asked = [];
  engine = {
    ...made,
    create(run, options = {}) {
      asked.push(options);
      return made.create(run, options);
    },
  };
  await engine.start();
});
afterEach(() => engine.stop());

describe('the engine of a caller', () => {
  it('keeps with a run who asked for it, and makes idempotency keys those of the caller', async () => {
    await engineFor(engine, ci, nobody).create(runIn('shop'), { idempotencyKey: 'k' });
    await engineFor(engine, ANONYMOUS, nobody).create(runIn('shop', 'other'), { idempotencyKey: 'k' });
    expect(asked).toEqual([
      { requestedBy: 'token:ci', idempotencyKey: 'token:ci\nk' },
      { idempotencyKey: 'k' },
    ]);
  });

  it('starts runs of other clusters, whose secrets they could read, for callers of all namespaces only', async () => {
    const of = (cluster: string) => {
      const run = runIn('shop');
      return { ...run, metadata: { ...run.metadata, labels: { 'assay.dev/cluster': cluster } } };
    };
    await expect(engineFor(engine, ci, nobody).create(of('east'))).rejects.toThrow(
      'only callers who may start runs in all namespaces',
    );
    await engineFor(engine, ci, nobody).create(of('local'), { id: 'own' });
    await engineFor(engine, callerOf('token:controller', '*'), nobody).create(of('east'), { id: 'east' });
    expect(await engine.get('east')).toBeDefined();
  });

  it('does not give the run of another namespace to who asks for the same', async () => {
    await engine.create(runIn('bank'), { id: 'x', request: { templates: [] } });
    const own = engineFor(engine, ci, nobody);
    expect(await own.repeated({ id: 'x', request: { templates: [] } })).toBeUndefined();
    await expect(own.create(runIn('shop'), { id: 'x' })).rejects.toThrow(IdConflictError);
    await expect(own.create(runIn('bank'), { id: 'x' })).rejects.toThrow(RequestError);
  });

  it('has nothing of a run of another namespace, in whatever way it is asked for', async () => {
    await engine.create(runIn('bank'), { id: 'x' });
    const own = engineFor(engine, ci, nobody);
    expect(await own.get('x')).toBeUndefined();
    expect(await own.waitForCompletion('x', 60_000)).toBeUndefined();
    expect(await own.deliveries('x')).toBeUndefined();
    expect(await own.redeliver('x', 'verdict-0')).toBeUndefined();
    expect(await own.terminate('x')).toBeUndefined();
    expect(await own.forget('x')).toBe(false);
    const events: unknown[] = [];
    for await (const event of own.events('x', undefined, never)) events.push(event);
    expect(events).toEqual([]);
    expect((await engine.get('x'))?.status?.phase).toBe('Running');
  });

  it('tells of the namespace of what is changed, also when that is refused', async () => {
    await engine.create(runIn('shop'), { id: 'x' });
    const changed: string[] = [];
    const reader: Caller = { id: 'token:view', grants: [{ scopes: ['read'], namespaces: ['shop'] }] };
    const own = engineFor(engine, reader, (namespace) => changed.push(namespace));
    await expect(own.forget('x')).rejects.toMatchObject({
      status: 403,
      message: 'this needs the scope admin in the namespace "shop", which these credentials do not have',
    });
    expect(changed).toEqual(['shop']);
  });
});
