import type { Request, Response } from 'express';
import { type RunEvent, VERDICT_EVENT_ID } from '../engine/index.js';
import type { Log } from '../platform/index.js';
import type { EngineOf } from './auth/index.js';
import { type ServerSentEvent, sendEvents, type StreamTimes } from './event-stream.js';
import { queryOf } from './query.js';
import { noSuchRun } from './request-error.js';
import { untilOver } from './until-over.js';

/** What the events of runs need. */
export interface RunEventsDeps {
  readonly engineOf: EngineOf;
  readonly log: Log;
  readonly streams?: StreamTimes;
  /** Aborted when the process is ending: who waits is answered, and streams end. */
  readonly stopping?: AbortSignal;
}

/**
 * `GET /v1/analysisruns/{id}/events`: the measurements, ended metrics and verdict of a run as server-sent events, from
 * the beginning or after `Last-Event-ID`. Whoever comes again after the verdict is answered 204, which tells browsers to
 * stay away.
 * @throws RequestError (404) when there is no such run.
 */
export async function sendRunEvents(
  request: Request<{ id: string }>,
  response: Response,
  { engineOf, log, streams, stopping }: RunEventsDeps,
): Promise<void> {
  const { id } = request.params;
  const engine = engineOf(request);
  const { lastEventId } = queryOf(request, ['lastEventId']);
  // A browser that comes again repeats its first query, and says in the header how far it has come.
  const after = request.get('last-event-id') ?? lastEventId;
  if ((await engine.get(id)) === undefined) throw noSuchRun(id);
  if (after === VERDICT_EVENT_ID) {
    response.status(204).end();
    return;
  }
  if (request.method === 'HEAD') {
    response.type('text/event-stream').end();
    return;
  }
  try {
    await sendEvents(response, {
      eventsUntil: (over) => serverSent(engine.events(id, after, over)),
      over: untilOver(response, stopping),
      ...(streams === undefined ? {} : { times: streams }),
    });
  } catch (error) {
    // The answer has begun: the client comes again, and is told then what is wrong.
    log.warn({ err: error, run: id }, 'a stream of events broke off');
  }
}

async function* serverSent(events: AsyncIterable<RunEvent>): AsyncGenerator<ServerSentEvent> {
  for await (const event of events) yield { id: event.id, event: event.kind, data: dataOf(event) };
}

function dataOf(event: RunEvent): unknown {
  switch (event.kind) {
    case 'measurement':
      return { metric: event.metric, measurement: event.measurement };
    case 'metric':
      return event.result;
    case 'verdict':
      return event.run;
  }
}
