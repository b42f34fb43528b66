import express, { type Express } from 'express';
import helmet from 'helmet';
import { validateDocument } from '../../schemas/index.js';
import type { Engine } from '../engine/index.js';
import type { Log, Metrics } from '../platform/index.js';
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
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly log: Log;
  /** Templates that runs may name. Default: none. */
  readonly templates?: KnownTemplates;
  /** Host names that requests may be meant for. Default: any. */
  readonly hosts?: readonly string[];
  /** Aborted when the process is ending: it is not ready any more, and whoever waits is answered with what there is. */
  readonly stopping?: AbortSignal;
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
 * The HTTP surface over an engine; listens nowhere yet. Requests are not authenticated: let it listen on loopback only,
 * and name the hosts, unless something before it decides who may ask.
 */
export function createApi(deps: ApiDeps): Express {
  const { metrics, log, templates = noTemplates } = deps;
  const engine = promptEngine(deps.engine);
  // Validators are compiled when first needed, which takes longer than a run: the first caller must not wait for it.
  for (const kind of ASKED_KINDS) validateDocument(kind, {});
  return surface({ ...deps, engine }, (app) => {
    app.use(probeRoutes(engine, metrics, deps.stopping));
    app.use(docsRoutes());
    app.use('/v1/analysisruns', runRoutes({ ...deps, engine, templates, log }));
    app.use('/v1/analysisruns/:id/deliveries', deliveryRoutes(engine));
    app.use('/v1/measurements', measurementRoutes(deps));
    app.use('/v1/analysistemplates', templateRoutes(templates, deps.names));
  });
}

/** What a process answers that only measures: whether it is alive and ready, and its metrics. */
export function createProbes(deps: SurfaceDeps & Pick<ApiDeps, 'metrics' | 'stopping'>): Express {
  return surface(deps, (app) => {
    app.use(probeRoutes(deps.engine, deps.metrics, deps.stopping));
    app.use('/v1', (_request, response) => {
      sendProblem(response, 404, 'this process only measures: ask one with the role api');
    });
  });
}

type SurfaceDeps = Pick<ApiDeps, 'engine' | 'log' | 'hosts'>;

function surface({ engine, log, hosts }: SurfaceDeps, addRoutes: (app: Express) => void): Express {
  const app = express();
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY } }));
  app.use((_request, response, next) => {
    // A run changes while it is measured.
    response.set('Cache-Control', 'no-store');
    next();
  });
  if (hosts !== undefined) app.use(hostHeaderGuard(hosts));
  app.use(originGuard);
  addRoutes(app);
  app.use((request, response) => {
    sendProblem(response, 404, `there is nothing at ${request.path}`);
  });
  app.use(problemHandler(engine, log));
  return app;
}
