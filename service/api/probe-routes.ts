import { type RequestHandler, Router } from 'express';
import type { Engine } from '../engine/index.js';
import type { Metrics } from '../platform/index.js';
import { allowOnly } from './allow-only.js';
import { sendProblem } from './problems.js';

/**
 * `/healthz` (the process answers), `/readyz` (runs can be taken on and measured) and `/metrics`.
 * @param mayScrape stands before the metrics, which name runs of all namespaces.
 */
export function probeRoutes(
  engine: Pick<Engine, 'health'>,
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  mayScrape: RequestHandler,
  stopping?: AbortSignal,
): Router {
  const router = Router();
  router
    .route('/healthz')
    .get((_request, response) => {
      response.json({ status: 'ok' });
    })
    .all(allowOnly('GET'));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      if (stopping?.aborted === true) {
        sendProblem(response, 503, 'the process is ending');
        return;
      }
      const { ready, reasons, warnings } = await engine.health();
      if (ready) response.json({ status: 'ok', ...(warnings.length === 0 ? {} : { warnings }) });
      else sendProblem(response, 503, reasons.join('; '));
    })
    .all(allowOnly('GET'));
  router
    .route('/metrics')
    .get(mayScrape, async (_request, response) => {
      const text = await metrics.text();
      response.set('Content-Type', metrics.contentType).send(text);
    })
    .all(allowOnly('GET'));
  return router;
}
