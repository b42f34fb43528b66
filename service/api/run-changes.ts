import type { Request, Response } from 'express';
import type { AnalysisRun } from '../../schemas/index.js';
import type { ProgressPace } from '../engine/index.js';
import type { CallerEngine } from './auth/index.js';
import { type ServerSentEvent, sendEvents } from './event-stream.js';
import { labelSelector } from './label-selector.js';
import { namespaceIn, queryOf, timeMs } from './query.js';
import type { RunEventsDeps } from './run-events.js';
import { RequestError } from './request-error.js';
import { untilOver, whileHeld } from './until-over.js';

/** Runs known not to be asked for, so that they are not read at each of their measurements. */
const PASSED_OVER = 10_000;
/** Runs that only go on, told of in a second at most, on a stream that is paced. */
const PROGRESS_PER_SECOND = 100;
/** Runs read at once. */
const READ_AT_ONCE = 50;

/** Whether a request asks for changes of runs, not for a list of them. */
export const isWatch = (request: Request): boolean => request.query['watch'] !== undefined;

/**
 * `GET /v1/analysisruns?watch=true&namespace=&selector=&progress=`: every change of runs from now on as server-sent events, over one
 * connection however many runs there are. `ready` comes first: who asks for the runs after it has missed nothing.
 * Then `run`, with the run as it is now, without its spec; several changes in quick succession may come as one. With
 * `progress`, a duration, how a run stands that goes on comes so much later, and at most {@link PROGRESS_PER_SECOND} times a
 * second for all of them; ends come at once. The stream ends when changes may have been missed, and when the credentials that it was
 * asked for with do not hold any more.
 */
export async function sendRunChanges(
  request: Request,
  response: Response,
  { engineOf, log, streams, stopping }: RunEventsDeps,
): Promise<void> {
  const engine = engineOf(request);
  const names = ['watch', 'namespace', 'selector', 'progress'] as const;
  const query = queryOf(request, names);
  const { watch, selector, progress } = query;
  const namespace = namespaceIn(query);
  if (watch !== 'true') throw new RequestError(400, `watch: must be true, not ${JSON.stringify(watch)}`);
  const selects = selector === undefined ? undefined : labelSelector(selector);
  const pace =
    progress === undefined
      ? undefined
      : { afterMs: timeMs('progress', progress), perSecond: PROGRESS_PER_SECOND };
  if (request.method === 'HEAD') {
    response.type('text/event-stream').end();
    return;
  }
  const asksFor = (run: AnalysisRun): boolean =>
    (namespace === undefined || run.metadata?.namespace === namespace) &&
    (selects === undefined || selects(run.metadata?.labels ?? {}));
  try {
    await sendEvents(response, {
      eventsUntil: (over) => changedRuns(engine, { asksFor, pace }, over),
      over: whileHeld(request, untilOver(response, stopping), streams?.recheckMs),
      ...(streams === undefined ? {} : { times: streams }),
    });
  } catch (error) {
    // The answer has begun: the client comes again, and looks for itself at what it has missed.
    log.warn({ err: error }, 'a stream of changes of runs broke off');
  }
}

/** What a watch is for. */
interface Watch {
  readonly asksFor: (run: AnalysisRun) => boolean;
  readonly pace: ProgressPace | undefined;
}

async function* changedRuns(
  engine: CallerEngine,
  { asksFor, pace }: Watch,
  over: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const passedOver = new Set<string>();
  let count = 0;
  const event = (name: string, data: unknown): ServerSentEvent => ({
    id: String(count++),
    event: name,
    data,
  });
  for await (const ids of engine.changes(over, pace, (id) => passedOver.has(id))) {
    if (count === 0) yield event('ready', {});
    for (let first = 0; first < ids.length; first += READ_AT_ONCE) {
      const runs = await Promise.all(ids.slice(first, first + READ_AT_ONCE).map((id) => engine.get(id)));
      for (const [index, run] of runs.entries()) {
        const id = ids[first + index];
        if (id === undefined) continue;
        // Whoever is started under the id of one that was forgotten is another run.
        passedOver.delete(id);
        if (run === undefined) continue;
        if (asksFor(run)) {
          const { spec: _spec, ...rest } = run;
          yield event('run', rest);
          continue;
        }
        if (passedOver.size >= PASSED_OVER) passedOver.clear();
        passedOver.add(id);
      }
    }
  }
}
