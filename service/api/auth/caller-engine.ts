import type { Request } from 'express';
import { type AnalysisRun, CLUSTER_LABEL, HOME_CLUSTER, type Scope } from '../../../schemas/index.js';
import type { CreateOptions, Engine, ListPage, ListQuery } from '../../engine/index.js';
import { type Caller, DEFAULT_NAMESPACE, may, namespacesOf } from './caller.js';
import { RequestError } from '../request-error.js';
import { auditOf, callerOf, forbidden, requireScope } from './guard.js';

/** What callers may ask of an engine. */
export type CallerEngine = Omit<Engine, 'start' | 'stop' | 'wake' | 'takeDeliveries'>;

/** The engine as whoever asks sees it: routes have no other one. */
export type EngineOf = (request: Request) => CallerEngine;

/** The engine for each request, see {@link engineFor}. */
export const createEngineOf =
  (engine: CallerEngine): EngineOf =>
  (request) =>
    engineFor(engine, callerOf(request), (namespace) => {
      auditOf(request, { namespace });
    });

/**
 * The engine as a caller sees it: runs of namespaces that it may not read do not exist, and what it may read but not
 * change is refused. Routes have no other engine, so that none of them can forget to ask. Ids of changed runs are told
 * as they are: what they are of is read through this engine.
 *
 * Every method rejects with `RequestError` (403) when the caller may see a run and not do what it asks for.
 * @param changing told of the namespace of a run that is to be changed.
 */
export function engineFor(
  engine: CallerEngine,
  caller: Caller,
  changing: (namespace: string) => void,
): CallerEngine {
  const isVisible = (run: AnalysisRun): boolean => may(caller, 'read', namespaceOf(run));
  const visible = (run: AnalysisRun | undefined): AnalysisRun | undefined =>
    run !== undefined && isVisible(run) ? run : undefined;
  const seesAll = namespacesOf(caller, 'read') === 'all';
  const isThere = async (id: string): Promise<boolean> =>
    seesAll || visible(await engine.get(id)) !== undefined;
  /** Whether there is the run, for this caller, who must then have the scope. */
  const mayChange = async (id: string, scope: Scope): Promise<boolean> => {
    // Not even read: one that can not be is to be forgotten all the same.
    if (namespacesOf(caller, scope) === 'all') return true;
    const run = visible(await engine.get(id));
    if (run === undefined) return false;
    changing(namespaceOf(run));
    requireScope(caller, scope, namespaceOf(run));
    return true;
  };
  return {
    ...engine,
    async create(run, options = {}) {
      requireScope(caller, 'run', namespaceOf(run));
      if (isOfOtherCluster(run) && namespacesOf(caller, 'run') !== 'all')
        throw new RequestError(
          403,
          `metadata.labels[${JSON.stringify(CLUSTER_LABEL)}]: only callers who may start runs in all namespaces may start one of another cluster, whose secrets it could read`,
        );
      const { created, run: started } = await engine.create(run, scoped(options, caller));
      // The same request has the same namespace; what the store answers is looked at all the same.
      if (!isVisible(started)) throw forbidden('read', namespaceOf(started));
      return { created, run: started };
    },
    repeated: async (options, run) => visible(await engine.repeated(scoped(options, caller), run)),
    get: async (id) => visible(await engine.get(id)),
    list: (query) => listFor(engine, caller, query),
    async waitForCompletion(id, timeoutMs, signal) {
      return (await isThere(id)) ? visible(await engine.waitForCompletion(id, timeoutMs, signal)) : undefined;
    },
    async terminate(id) {
      const run = (await mayChange(id, 'run')) ? await engine.terminate(id) : undefined;
      if (run !== undefined) changing(namespaceOf(run));
      return run;
    },
    forget: async (id) => (await mayChange(id, 'admin')) && engine.forget(id),
    async *events(id, afterEventId, signal) {
      if (await isThere(id)) yield* engine.events(id, afterEventId, signal);
    },
    deliveries: async (id) => ((await isThere(id)) ? engine.deliveries(id) : undefined),
    redeliver: async (id, delivery) =>
      (await mayChange(id, 'admin')) ? engine.redeliver(id, delivery) : undefined,
  };
}

function listFor(engine: CallerEngine, caller: Caller, query: ListQuery): Promise<ListPage> {
  const readable = namespacesOf(caller, 'read');
  if (readable === 'all') return engine.list(query);
  const { namespace, ...rest } = query;
  if (namespace === undefined) return engine.list({ ...rest, namespaces: [...readable] });
  requireScope(caller, 'read', namespace);
  return engine.list(query);
}

/** Idempotency keys are each caller's own: one must not meet the run of another by choosing the same key. */
function scoped(options: CreateOptions, caller: Caller): CreateOptions {
  const { idempotencyKey } = options;
  if (caller.id === 'anonymous') return options;
  return {
    ...options,
    requestedBy: caller.id,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: `${caller.id}\n${idempotencyKey}` }),
  };
}

const namespaceOf = ({ metadata }: AnalysisRun): string =>
  metadata?.namespace === undefined || metadata.namespace === '' ? DEFAULT_NAMESPACE : metadata.namespace;

/** Whether secrets and Jobs of a run are those of another cluster: its namespaces are others than the caller's. */
function isOfOtherCluster({ metadata }: AnalysisRun): boolean {
  const cluster = metadata?.labels?.[CLUSTER_LABEL];
  return cluster !== undefined && cluster !== HOME_CLUSTER;
}
