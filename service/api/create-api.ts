import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { validateDocument } from '../../schemas/index.js';
import type { Engine } from '../engine/index.js';
import { elapsedMs, type Log, type Metrics, type Tracing } from '../platform/index.js';
import {
  type Authenticate,
  createEngineOf,
  createGuard,
  createTemplatesOf,
  type Guard,
} from './auth/index.js';
import { admitting, type StartLimits } from './admission.js';
import { deliveryRoutes } from './delivery-routes.js';
import { docsRoutes } from './docs-routes.js';
import type { StreamTimes } from './event-stream.js';
import { hostHeaderGuard } from './host-header-guard.js';
import { type KnownTemplates, noTemplates } from './templates/known-templates.js';
import { type MeasurementRoutesDeps, measurementRoutes } from './measurement-routes.js';
import { originGuard } from './origin-guard.js';
import { probeRoutes } from './probe-routes.js';
import { problemHandler, sendProblem } from './problems.js';
import { promptEngine } from './prompt-engine.js';
import { runRoutes } from './run-routes.js';
import { templateRoutes } from './templates/template-routes.js';

/** What the API is made of. */
export interface ApiDeps extends MeasurementRoutesDeps {
  /** Started and stopped by whoever made it. */
  readonly engine: Engine;
  readonly metrics: Pick<Metrics, 'text' | 'contentType' | 'authenticated' | 'runRefused'>;
  readonly log: Log;
  /** Tells who asks. Absent: everybody may do everything. */
  readonly authenticate?: Authenticate;
  /** Limits on what is taken on. Default: none. */
  readonly limits?: StartLimits;
  /** Whether metrics, which name runs of all namespaces, are for everybody. Default: for who may read all namespaces. */
  readonly publicMetrics?: boolean;
  /** Proxies (CIDRs) whose word on the address of a client is taken. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Templates that runs may name. Default: none. */
  readonly templates?: KnownTemplates;
  /** Host names that requests may be meant for. Default: any. */
  readonly hosts?: readonly string[];
  /** Aborted when the process is ending: it is not ready any more, and whoever waits is answered with what there is. */
  readonly stopping?: AbortSignal;
  /** Default: no traces. */
  readonly tracing?: Tracing;
  /** See {@link RunRoutesDeps.covers}. */
  readonly covers?: string;
  /** Times of streams of events. */
  readonly streams?: StreamTimes;
}

/** The pages load from here only. Nothing is upgraded to HTTPS: that is done before the service, or not at all. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** What requests bring. */
const ASKED_KINDS = ['AnalysisRun', 'RunRequest', 'MeasurementRequest'] as const;

/**
 * The HTTP surface over an engine; listens nowhere yet. Without `authenticate` let it listen on loopback only, and name the
 * hosts, unless something before it decides who may ask.
 */
export function createApi(deps: ApiDeps): Express {
  const { metrics, log, templates = noTemplates } = deps;
  const engine = promptEngine(deps.engine);
  // Validators are compiled when first needed, which takes longer than a run: the first caller must not wait for it.
  for (const kind of ASKED_KINDS) validateDocument(kind, {});
  const engineOf = createEngineOf(admitting(engine, { ...deps, nowMs: elapsedMs }));
  const templatesOf = createTemplatesOf(templates);
  return surface({ ...deps, engine }, (app, guard) => {
    app.use('/v1', guard.api);
    app.use('/v1/analysisruns', runRoutes({ ...deps, engineOf, templatesOf, log }));
    app.use('/v1/analysisruns/:id/deliveries', deliveryRoutes(engineOf));
    app.use('/v1/measurements', measurementRoutes(deps));
    app.use('/v1/analysistemplates', templateRoutes(templatesOf, deps.names));
    // Behind what is asked for most, and in a hurry.
    app.use(probeRoutes(engine, metrics, mayScrape(deps, guard), deps.stopping));
    app.use(docsRoutes());
  });
}

/** What a process answers that only measures: whether it is alive and ready, and its metrics. */
export function createProbes(deps: SurfaceDeps & Pick<ApiDeps, 'stopping'>): Express {
  return surface(deps, (app, guard) => {
    app.use(probeRoutes(deps.engine, deps.metrics, mayScrape(deps, guard), deps.stopping));
    app.use('/v1', (_request, response) => {
      sendProblem(response, 404, 'this process only measures: ask one with the role api');
    });
  });
}

type SurfaceDeps = Pick<
  ApiDeps,
  'engine' | 'log' | 'hosts' | 'metrics' | 'authenticate' | 'publicMetrics' | 'trustedProxies'
>;

/** Who stands before the metrics. */
const mayScrape = ({ publicMetrics = false }: SurfaceDeps, guard: Guard): RequestHandler =>
  publicMetrics
    ? (_request, _response, next) => {
        next();
      }
    : guard.everything;

function surface(deps: SurfaceDeps, addRoutes: (app: Express, guard: Guard) => void): Express {
  const { engine, log, hosts, metrics, trustedProxies = [] } = deps;
  const app = express();
  app.set('trust proxy', [...trustedProxies]);
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY } }));
  app.use((_request, response, next) => {
    // A run changes while it is measured.
    response.set('Cache-Control', 'no-store');
    next();
  });
  const guard = createGuard({ ...deps, nowMs: elapsedMs });
  // What the next two refuse was asked for all the same.
  app.use('/v1', guard.audited);
  if (hosts !== undefined) app.use(hostHeaderGuard(hosts));
  app.use(originGuard);
  addRoutes(app, guard);
  app.use((request, response) => {
    sendProblem(response, 404, `there is nothing at ${request.path}`);
  });
  app.use(problemHandler(engine, log, metrics));
  return app;
}
