import { setImmediate as otherWork } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import {
  type AnalysisRun,
  type AnalysisRunList,
  API_VERSION,
  type ProviderConfigs,
} from '../../schemas/index.js';
import type { CreateOptions } from '../engine/index.js';
import { noTracing, type Tracing } from '../platform/index.js';
import { type AskedRun, askedRun, requestOf } from './asked-run.js';
import { auditOf, type CallerEngine, readDocumentFor, type TemplatesOf } from './auth/index.js';
import { labelSelector } from './label-selector.js';
import { allowOnly } from './allow-only.js';
import { namespaceIn, pageSize, queryOf, timeMs } from './query.js';
import { bodyReader } from './read-body.js';
import { noSuchRun, RequestError } from './request-error.js';
import { isWatch, sendRunChanges } from './run-changes.js';
import { type RunEventsDeps, sendRunEvents } from './run-events.js';
import { createTraced } from './traced-run.js';
import { untilOver } from './until-over.js';
import { warningHeaders } from './warning-headers.js';

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Ids that follow from keys: whoever knew a key could take the id of its run beforehand. */
const KEY_ID = /^key-[0-9a-f]{32}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const PHASES = ['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'];

/** What the routes of runs need. */
export interface RunRoutesDeps extends RunEventsDeps {
  /** Which runs a list looks through, in words for whoever misses one. Absent: it is not said. */
  readonly covers?: string;
  readonly templatesOf: TemplatesOf;
  /** Servers and plugins that metrics may name. Absent: they are not looked at. */
  readonly names?: ProviderConfigs;
  /** Default: no traces. */
  readonly tracing?: Tracing;
}

/** Routes of `/v1/analysisruns`. */
export function runRoutes(deps: RunRoutesDeps): Router {
  const { engineOf, templatesOf, stopping, tracing = noTracing } = deps;
  const router = Router();
  const start = async (request: Request, response: Response, options: CreateOptions): Promise<void> => {
    const document = readDocumentFor(request, 'run');
    const engine = engineOf(request);
    let wanted: AskedRun;
    try {
      wanted = askedRun(document, await templatesOf(request).list(), deps.names);
    } catch (error) {
      // Templates may have changed since the run was started: a repetition is answered all the same.
      const before = await engine.repeated({ ...options, request: requestOf(document) });
      if (before === undefined) throw error;
      auditOf(request, { run: before.metadata?.uid ?? '' });
      answer(response, 200, before);
      return;
    }
    const { run: asked, warnings, ...how } = wanted;
    const { created, run } = await createTraced(request, asked, tracing, (traced) =>
      engine.create(traced, { ...options, ...how }),
    );
    // The queries of its first look go out before its answer is put together, which takes longer: a verdict waits for them.
    await otherWork();
    auditOf(request, { run: run.metadata?.uid ?? '' });
    const told = warningHeaders(warnings);
    if (told.length > 0) response.set('Warning', [...told]);
    answer(response, created ? 201 : 200, run);
  };

  router
    .route('/')
    .get(async (request, response) => {
      if (isWatch(request)) return sendRunChanges(request, response, deps);
      response.json(await listRuns(engineOf(request), request, deps.covers));
    })
    .post(...bodyReader(), async (request: Request, response: Response) => {
      await start(request, response, keyOf(request));
    })
    .all(allowOnly('GET', 'POST'));
  router
    .route('/:id')
    .get(async (request, response) => {
      const { id } = request.params;
      response.json(found(id, await readRun(engineOf(request), request, untilOver(response, stopping))));
    })
    .put(...bodyReader(), async (request: Request<{ id: string }>, response: Response) => {
      const { id } = request.params;
      if (!ID.test(id))
        throw new RequestError(
          400,
          'the id must be 1 to 128 letters, digits, ".", "_" or "-", such as a UUID',
        );
      if (KEY_ID.test(id))
        throw new RequestError(
          400,
          'ids of this form are those of runs that were started with an Idempotency-Key',
        );
      await start(request, response, { id });
    })
    .delete(async (request, response) => {
      const { id } = request.params;
      if (!(await engineOf(request).forget(id))) throw noSuchRun(id);
      response.status(204).end();
    })
    .all(allowOnly('GET', 'PUT', 'DELETE'));
  router
    .route('/:id/events')
    .get((request, response) => sendRunEvents(request, response, deps))
    .all(allowOnly('GET'));
  router
    .route('/:id/terminate')
    .post(async (request, response) => {
      const { id } = request.params;
      response.json(found(id, await engineOf(request).terminate(id)));
    })
    .all(allowOnly('POST'));
  return router;
}

function answer(response: Response, status: 200 | 201, run: AnalysisRun): void {
  const path = `/v1/analysisruns/${encodeURIComponent(run.metadata?.uid ?? '')}`;
  response.status(status).location(path).json(run);
}

function keyOf(request: Request): CreateOptions {
  const idempotencyKey = request.get('idempotency-key');
  if (idempotencyKey === undefined) return {};
  if (!IDEMPOTENCY_KEY.test(idempotencyKey))
    throw new RequestError(400, 'Idempotency-Key: must be 1 to 255 printable characters without spaces');
  return { idempotencyKey };
}

async function readRun(
  engine: CallerEngine,
  request: Request<{ id: string }>,
  over: AbortSignal,
): Promise<AnalysisRun | undefined> {
  const { id } = request.params;
  const { wait } = queryOf(request, ['wait']);
  if (wait === undefined) return engine.get(id);
  return engine.waitForCompletion(id, timeMs('wait', wait), over);
}

async function listRuns(
  engine: CallerEngine,
  request: Request,
  covers: string | undefined,
): Promise<AnalysisRunList> {
  const query = queryOf(request, ['namespace', 'phase', 'selector', 'limit', 'continue']);
  const { phase, selector } = query;
  const namespace = namespaceIn(query);
  if (phase !== undefined && !PHASES.includes(phase))
    throw new RequestError(400, `phase: must be one of ${PHASES.join(', ')}, not ${JSON.stringify(phase)}`);
  const selects = selector === undefined ? undefined : labelSelector(selector);
  const page = await engine.list({
    limit: pageSize(query.limit),
    ...(namespace === undefined ? {} : { namespace }),
    ...(phase === undefined ? {} : { phase }),
    ...(selects === undefined ? {} : { matches: ({ metadata }) => selects(metadata?.labels ?? {}) }),
    ...(query.continue === undefined ? {} : { continue: query.continue }),
  });
  return {
    apiVersion: API_VERSION,
    kind: 'AnalysisRunList',
    metadata: {
      ...(page.continue === undefined ? {} : { continue: page.continue }),
      ...(covers === undefined ? {} : { covers }),
    },
    items: page.items,
  };
}

function found(id: string, run: AnalysisRun | undefined): AnalysisRun {
  if (run === undefined) throw noSuchRun(id);
  return run;
}
