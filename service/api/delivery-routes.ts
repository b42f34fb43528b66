import { type Request, Router } from 'express';
import type { DeliveryList } from '../../schemas/index.js';
import { allowOnly } from './allow-only.js';
import type { EngineOf } from './auth/index.js';
import { noSuchRun, RequestError } from './request-error.js';

/** Routes of `/v1/analysisruns/{id}/deliveries`: the webhooks of a run, and what became of them. */
export function deliveryRoutes(engineOf: EngineOf): Router {
  const router = Router({ mergeParams: true });
  router
    .route('/')
    .get(async (request: Request<{ id: string }>, response) => {
      const { id } = request.params;
      const items = await engineOf(request).deliveries(id);
      if (items === undefined) throw noSuchRun(id);
      response.json({ items } satisfies DeliveryList);
    })
    .all(allowOnly('GET'));
  router
    .route('/:delivery/redeliver')
    .post(async (request: Request<{ id: string; delivery: string }>, response) => {
      const { id, delivery } = request.params;
      const engine = engineOf(request);
      const record = await engine.redeliver(id, delivery);
      if (record === undefined) {
        // What is listed all the same is listed by the archive.
        const listed = await engine.deliveries(id);
        throw listed?.some((each) => each.id === delivery) === true
          ? onlyArchived(id)
          : new RequestError(
              404,
              `there is no delivery ${JSON.stringify(delivery)} of a run with the id ${JSON.stringify(id)}`,
            );
      }
      // It is made in the background: the record tells how it goes.
      response.status(202).json(record);
    })
    .all(allowOnly('POST'));
  return router;
}

/** The archive has no headers of callbacks, and may be read by more people than may send webhooks. */
const onlyArchived = (id: string): RequestError =>
  new RequestError(
    409,
    `the run ${JSON.stringify(id)} is archived: its deliveries are kept as evidence, without what is needed to make them again; read the verdict with GET /v1/analysisruns/${encodeURIComponent(id)} and tell the receiver yourself, or start a new run`,
  );
