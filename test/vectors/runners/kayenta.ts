import type { Measurement, Metric } from '../../../schemas/index.js';
import {
  builtInProviders,
  createRegistry,
  describeMetric,
  type MeasureContext,
  takeMeasurement,
} from '../../../service/providers/index.js';
import { contextWith, openClient } from '../../providers/measure.js';
import { freePort } from '../../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../../support/recording-server.js';
import { isRecord, judge, recordOf, textOf } from '../judge.js';
import { fillIn } from '../provider-placeholders.js';
import { likeRecorded } from '../provider-requests.js';
import type { CaseResult, VectorFile, VectorRunner } from '../runner.js';
import { sameMessage } from '../same-message.js';

/** providers/kayenta.json: the measurement after each operation, and what is asked for it. */
export const runner: VectorRunner = { file: /^providers\/kayenta\.json$/, run };

type Fields = Readonly<Record<string, unknown>>;

async function* run({ json }: VectorFile): AsyncGenerator<CaseResult> {
  if (!isRecord(json) || !Array.isArray(json['vectors']))
    throw new TypeError('a provider file has a list of vectors');
  const nowMs = Date.parse(textOf(json, 'now'));
  const server = await startRecordingServer();
  const dead = `127.0.0.1:${await freePort()}`;
  const none = 'http://place.invalid';
  const places = {
    server: server.url,
    serverhost: server.host,
    deadserver: `http://${dead}`,
    deadhost: dead,
    tlsserver: none,
    tlshost: none,
    badtlsserver: none,
    badtlshost: none,
  };
  try {
    for (const vector of json['vectors'] as readonly unknown[]) {
      const filled = fillIn(vector, places, nowMs);
      if (!isRecord(filled)) throw new TypeError('a vector must be an object');
      yield await runVector(filled, server, nowMs);
    }
  } finally {
    await server.close();
  }
}

async function runVector(vector: Fields, server: RecordingServer, startMs: number): Promise<CaseResult> {
  const item = { ...vector, id: textOf(vector, 'id'), group: 'kayenta' };
  const exchanges = (Array.isArray(vector['exchanges']) ? vector['exchanges'] : []).filter(isRecord);
  server.answer(exchanges.map((exchange) => answerOf(recordOf(exchange, 'response'))));
  const wantedRequests = exchanges.map((exchange) => recordOf(exchange, 'request'));
  const metric = metricOf(recordOf(vector, 'metric'));
  const ops = Array.isArray(vector['ops']) ? vector['ops'].filter(isRecord) : [{ ...vector, op: 'run' }];
  let nowMs = startMs;
  const http = openClient();
  const context = contextWith(http, { clock: { nowMs: () => nowMs }, run: runOf(vector, startMs) });
  const expected: Fields[] = [];
  const actual: Fields[] = [];
  let previous: Measurement | undefined;
  try {
    for (const op of ops) {
      const name = textOf(op, 'op');
      if (name === 'advance') nowMs += Number(op['ms']);
      else {
        const asked = server.requests.length;
        previous = await take(name, { metric, context, previous });
        const expect = recordOf(op, 'expect');
        expected.push({ ...wantedOf(expect), asked: askedIn(op, exchanges.length) });
        actual.push({ ...seen(previous, expect, nowMs), asked: server.requests.length - asked });
      }
    }
  } finally {
    http.close();
  }
  const requests = server.requests.map((request, index) => likeRecorded(request, wantedRequests[index]));
  return judge(
    item,
    { ops: expected, requests: wantedRequests, metricMetadata: vector['metricMetadata'] ?? {} },
    { ops: actual, requests, metricMetadata: describeMetric(metric, registry) },
  );
}

const registry = createRegistry(builtInProviders());

interface Taking {
  readonly metric: Metric;
  readonly context: MeasureContext;
  readonly previous: Measurement | undefined;
}

function take(name: string, { previous, ...rest }: Taking): Promise<Measurement> {
  const op = name === 'run' ? 'measure' : name;
  if (op !== 'measure' && op !== 'resume' && op !== 'terminate')
    throw new TypeError(`${op}: unknown operation`);
  const before = op === 'measure' || previous === undefined ? {} : { previous };
  return takeMeasurement({ ...rest, registry, op, ...before });
}

const metricOf = (metric: Fields): Metric => ({
  ...metric,
  name: textOf(metric, 'name'),
  provider: recordOf(metric, 'provider'),
});

function runOf(vector: Fields, nowMs: number): MeasureContext['run'] {
  const run = isRecord(vector['run']) ? vector['run'] : {};
  const ago = run['startedAgoSeconds'];
  return {
    id: 'id',
    name: 'run',
    namespace: 'app',
    ...(typeof ago === 'number' ? { startedAtMs: nowMs - ago * 1_000 } : {}),
  };
}

const answerOf = ({ status, headers, body }: Fields) => ({
  ...(typeof status === 'number' ? { status } : {}),
  headers: Object.fromEntries(
    Object.entries(isRecord(headers) ? headers : {}).map(([name, value]) => [name, String(value)]),
  ),
  body: typeof body === 'string' ? body : '',
});

/** How many requests an operation makes. */
function askedIn({ exchanges }: Fields, all: number): number {
  const range: readonly unknown[] = Array.isArray(exchanges) ? exchanges : [];
  const [from, to] = range;
  return typeof from === 'number' && typeof to === 'number' ? to - from : all;
}

function wantedOf(expect: Fields): Fields {
  const { phase, value, message, metadata = {}, finished, resumeAtOffsetMs } = expect;
  if ('newProviderError' in expect) return { phase: 'Error', metadata: {}, finished: true };
  if ('panic' in expect) return { phase: 'Error', metadata, finished: true };
  return {
    phase,
    value,
    message,
    metadata,
    finished,
    // Ours is gone once the measurement is over.
    ...(finished === true ? {} : { resumeAtOffsetMs }),
  };
}

function seen(
  { phase, value, message, metadata = {}, finishedAt, resumeAt }: Measurement,
  expect: Fields,
  nowMs: number,
): Fields {
  const wanted = expect['message'];
  const told = typeof wanted === 'string' && message !== undefined && sameMessage(message, wanted, expect);
  const finished = finishedAt !== undefined;
  if ('newProviderError' in expect || 'panic' in expect) return { phase, metadata, finished };
  return {
    phase,
    value,
    message: told ? wanted : message,
    metadata,
    finished,
    ...(resumeAt === undefined ? {} : { resumeAtOffsetMs: Date.parse(resumeAt) - nowMs }),
  };
}
