import { ANALYSIS_PHASES, API_VERSION } from '../../../schemas/index.js';
import { document, json, type Operation, type Parameter, type PathItem, query, ref } from './description.js';
import { ENDED_RUN, EVENT as EVENT_EXAMPLE, RUN, RUN_REQUEST } from './examples.js';
import { problems } from './problem-answers.js';

const ID: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Id of the run: its `metadata.uid`.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
};

/** OpenAPI 3.1 has no word for a stream: tools that read streams take the schema for that of an event. */
const EVENT = {
  type: 'object',
  description: 'One event of the stream. Its data is JSON.',
  properties: {
    id: { type: 'string', description: 'For `Last-Event-ID`.' },
    event: { enum: ['measurement', 'metric', 'verdict'] },
    data: { type: 'string', contentMediaType: 'application/json' },
  },
};

const CHANGE = {
  ...EVENT,
  properties: { ...EVENT.properties, event: { enum: ['ready', 'run'] } },
};

const started: Pick<Operation, 'requestBody' | 'responses'> = {
  requestBody: document(
    { anyOf: [ref('AnalysisRun'), ref('RunRequest')] },
    {
      request: { summary: 'A run request: templates and arguments', value: RUN_REQUEST },
      run: { summary: 'An AnalysisRun', value: { kind: RUN.kind, metadata: {}, spec: RUN.spec } },
    },
  ),
  responses: {
    200: { description: 'The run that the same request started before.', content: json('AnalysisRun', RUN) },
    201: {
      description: 'The run was started, and is not lost any more.',
      headers: {
        Location: { description: 'Path of the run.', schema: { type: 'string' } },
        Warning: {
          description:
            'What lint warns of, one header (code 299) a warning, such as a condition that no data would pass.',
          schema: { type: 'string' },
        },
      },
      content: json('AnalysisRun', RUN),
    },
    ...problems(400, 409, 413, 415, 422, 429),
  },
};

/** The operations on runs. */
export const runPaths: Readonly<Record<string, PathItem>> = {
  '/v1/analysisruns': {
    get: {
      operationId: 'listRuns',
      tags: ['runs'],
      summary: 'List runs, newest first',
      parameters: [
        query('namespace', 'Only runs of this namespace.'),
        query('phase', 'Only runs in this phase.', {
          type: 'string',
          enum: ANALYSIS_PHASES.filter((phase) => phase !== ''),
        }),
        query('selector', 'Only runs with these labels, as for `kubectl -l`: `app=checkout,tier!=db`.'),
        query('limit', 'Runs on a page.', { type: 'integer', minimum: 1, maximum: 500, default: 100 }),
        query('continue', '`metadata.continue` of the page before.'),
        query(
          'watch',
          'All changes of runs from now on instead, as server-sent events over one connection: `ready` when no change is missed any more, then `run` with a run as it is, without its spec. With `namespace`, `selector` and `progress` only. It ends when changes may have been missed, and when the token is not accepted any more or has other rights.',
          { type: 'string', enum: ['true'] },
        ),
        query(
          'progress',
          'With `watch`: how a run stands that goes on is told so much later, e.g. `1s`, at most five minutes, and at most 100 times a second for all of them, in turn. What a run has come to meanwhile is told once; ends are told at once.',
        ),
      ],
      responses: {
        200: {
          description:
            'A page of runs. With a filter it may have fewer runs than `limit`, or none, and still have a next page: there are more as long as `metadata.continue` is there.',
          content: {
            ...json('AnalysisRunList', {
              apiVersion: API_VERSION,
              kind: 'AnalysisRunList',
              metadata: {},
              items: [ENDED_RUN],
            }),
            'text/event-stream': { schema: CHANGE },
          },
        },
        ...problems(400),
      },
    },
    post: {
      operationId: 'startRun',
      tags: ['runs'],
      summary: 'Start a run',
      description: 'The body is an AnalysisRun, or a run request, which has no `kind`.',
      parameters: [
        {
          name: 'Idempotency-Key',
          in: 'header',
          description: 'A second request with the same key answers the run of the first.',
          schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
        },
      ],
      ...started,
    },
  },
  '/v1/analysisruns/{id}': {
    get: {
      operationId: 'readRun',
      tags: ['runs'],
      summary: 'Read a run, if wanted when it has ended',
      parameters: [
        ID,
        query('wait', 'Answer when the run has ended, or after this time (a Go duration, at most 5m).'),
      ],
      responses: {
        200: { description: 'The run.', content: json('AnalysisRun', ENDED_RUN) },
        ...problems(400, 404),
      },
    },
    put: {
      operationId: 'startRunWithId',
      tags: ['runs'],
      summary: 'Start a run with an id of yours; repeating it is harmless',
      parameters: [ID],
      ...started,
    },
    delete: {
      operationId: 'forgetRun',
      tags: ['runs'],
      summary: 'End a run and forget it',
      parameters: [ID],
      responses: { 204: { description: 'It is forgotten; no verdict follows.' }, ...problems(400, 404) },
    },
  },
  '/v1/analysisruns/{id}/events': {
    get: {
      operationId: 'runEvents',
      tags: ['runs'],
      summary: 'The measurements and the verdict of a run, as they come',
      description:
        'Server-sent events: `measurement` (`{metric, measurement}`), `metric` (a MetricResult, when the metric has ended) and `verdict` (the AnalysisRun), after which the stream ends. A comment comes at least every 15 seconds.',
      parameters: [
        ID,
        {
          name: 'Last-Event-ID',
          in: 'header',
          description: 'Id of the last event that was seen: goes on after it.',
          schema: { type: 'string' },
        },
        query('lastEventId', 'The same, for clients that can not set headers. The header goes first.'),
      ],
      responses: {
        200: {
          description: 'The events.',
          content: { 'text/event-stream': { schema: EVENT, example: EVENT_EXAMPLE } },
        },
        204: { description: 'The last event was the verdict: there is nothing to come.' },
        ...problems(400, 404),
      },
    },
  },
  '/v1/analysisruns/{id}/terminate': {
    post: {
      operationId: 'terminateRun',
      tags: ['runs'],
      summary: 'End a run early, as `spec.terminate` does',
      parameters: [ID],
      responses: {
        200: { description: 'The run, which may still be ending.', content: json('AnalysisRun', RUN) },
        ...problems(400, 404),
      },
    },
  },
};
