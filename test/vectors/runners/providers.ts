import {
  type MeasureContext,
  builtInProviders,
  createEgressPolicy,
  createHttpClient,
  createRegistry,
  describeMetric,
  environmentCredentials,
  MissingKeyError,
  ownNamespace,
  ProviderError,
  takeMeasurement,
} from '../../../service/providers/index.js';
import { type Measurement, type Metric, validateDocument } from '../../../schemas/index.js';
import { type Certificate, makeCertificate } from '../../support/certificates.js';
import { freePort } from '../../support/free-port.js';
import {
  type RecordingServer,
  type ScriptedResponse,
  startRecordingServer,
} from '../../support/recording-server.js';
import { isRecord, judge, recordOf, textOf } from '../judge.js';
import { type Places, fillIn } from '../provider-placeholders.js';
import { likeRecorded } from '../provider-requests.js';
import { twinsOf } from '../provider-twins.js';
import type { CaseResult, VectorFile, VectorRunner } from '../runner.js';
import { sameMessage } from '../same-message.js';

/**
 * providers/*.json: phase, value, metadata and message of a measurement, metadata of the metric, and every request.
 * Messages are compared as the vectors' README says: `argo` exactly, others by phase and `messagePrefix`.
 */
export const runner: VectorRunner = {
  file: /^providers\/[a-z]+\.json$/,
  run,
};

type Fields = Readonly<Record<string, unknown>>;

async function* run({ json }: VectorFile): AsyncGenerator<CaseResult> {
  if (!isRecord(json) || !Array.isArray(json['vectors']))
    throw new TypeError('a provider file has a list of vectors');
  // Plugins are asked without a time.
  const nowMs = json['now'] === undefined ? 0 : Date.parse(textOf(json, 'now'));
  const stage = await openStage();
  try {
    for (const vector of json['vectors'] as readonly unknown[]) {
      if (!isRecord(vector)) throw new TypeError('a vector must be an object');
      yield await runVector(vector, stage, nowMs);
    }
  } finally {
    await stage.close();
  }
}

interface Stage {
  readonly places: Places;
  readonly servers: readonly RecordingServer[];
  readonly trusted: Certificate;
  close(): Promise<void>;
}

async function openStage(): Promise<Stage> {
  const trusted = makeCertificate();
  const [plain, tls, badTls] = [
    await startRecordingServer(),
    await startRecordingServer(trusted),
    await startRecordingServer(makeCertificate()),
  ];
  const deadhost = `127.0.0.1:${await freePort()}`;
  const servers = [plain, tls, badTls];
  return {
    places: {
      server: plain.url,
      serverhost: plain.host,
      tlsserver: tls.url,
      tlshost: tls.host,
      badtlsserver: badTls.url,
      badtlshost: badTls.host,
      deadserver: `http://${deadhost}`,
      deadhost,
    },
    servers,
    trusted,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function runVector(vector: Fields, stage: Stage, nowMs: number): Promise<CaseResult> {
  const item = { ...vector, id: textOf(vector, 'id'), group: textOf(vector, 'provider') };
  // A case of plugins may have only what went over its own wire, and no metric.
  const kind = isRecord(vector['metric'])
    ? (Object.keys(recordOf(vector['metric'], 'provider'))[0] ?? 'none')
    : textOf(vector, 'provider');
  if (!isBuilt(kind) || !('expect' in vector)) {
    return {
      id: item.id,
      group: item.group,
      outcome: 'disagree',
      details: `provider ${kind} is not built yet`,
    };
  }
  const filled = fillIn(vector, stage.places, nowMs);
  if (!isRecord(filled)) throw new TypeError('a vector must be an object');
  const expect = recordOf(filled, 'expect');
  const wanted = {
    ...expectedMeasurement(expect),
    ...(isUnbuilt(expect) ? {} : { metricMetadata: filled['metricMetadata'] ?? {} }),
    requests: exchangesOf(filled).map((exchange) => recordOf(exchange, 'request')),
  };
  const actual = await outcomeOf(filled, stage, nowMs);
  const result = judge(item, wanted, actual);
  if (result.outcome === 'agree') return result;
  const twins: Record<string, Fields> = {};
  for (const { name, vector: twin, unchecked = false } of twinsOf(filled))
    twins[name] = await outcomeOf(twin, stage, nowMs, unchecked);
  return judge(item, wanted, actual, twins);
}

/** What ours makes of a case: the fields that are compared, or the paths of what the schema refuses. */
async function outcomeOf(vector: Fields, stage: Stage, nowMs: number, unchecked = false): Promise<Fields> {
  const exchanges = exchangesOf(vector);
  const responses = exchanges.map((exchange) => recordOf(exchange, 'response'));
  for (const server of stage.servers) server.answer(answersOf(responses));
  const metric = unchecked ? uncheckedMetric(vector['metric']) : metricOf(vector['metric']);
  if ('refused' in metric) return metric;
  const { measurement, metadata } = await measure({ metric, vector }, stage, nowMs);
  const requests = stage.servers.flatMap((server) => server.requests);
  const expect = recordOf(vector, 'expect');
  return {
    ...actualMeasurement(measurement, expect),
    ...(isUnbuilt(expect) ? {} : { metricMetadata: metadata }),
    requests: requests.map((request, index) => likeRecorded(request, exchanges[index]?.['request'])),
  };
}

const exchangesOf = (vector: Fields): readonly Fields[] =>
  (Array.isArray(vector['exchanges']) ? vector['exchanges'] : []).filter(isRecord);

const isUnbuilt = (expect: Fields): boolean => 'newProviderError' in expect || 'panic' in expect;

const registry = createRegistry(builtInProviders());
const isBuilt = (kind: string): boolean => registry.kinds.some((built) => built === kind);

async function measure(
  { metric, vector }: { readonly metric: Metric; readonly vector: Fields },
  stage: Stage,
  nowMs: number,
): Promise<{ readonly measurement: Measurement; readonly metadata: Fields }> {
  // A client of its own, so that no connection and no token of another vector is used.
  const http = createHttpClient({ egress: createEgressPolicy({ loopback: true }), ca: stage.trusted.cert });
  try {
    const context = contextOf(vector, http, nowMs);
    return {
      measurement: await takeMeasurement({ metric, registry, context, op: 'measure' }),
      metadata: describeMetric(metric, registry),
    };
  } finally {
    http.close();
  }
}

const uncheckedMetric = (metric: unknown): Metric => {
  const fields = isRecord(metric) ? metric : {};
  return { ...fields, name: textOf(fields, 'name'), provider: recordOf(fields, 'provider') };
};

/** The metric, through the same door as a user's; the paths of its faults when it is refused there. */
function metricOf(metric: unknown): Metric | { readonly refused: readonly string[] } {
  const result = validateDocument('AnalysisTemplate', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'vector' },
    spec: { metrics: [metric] },
  });
  const [found] = result.value?.spec.metrics ?? [];
  return found ?? { refused: result.errors.map(({ path }) => path) };
}

function contextOf(vector: Fields, http: MeasureContext['http'], nowMs: number): MeasureContext {
  const env = textsOf(vector['env']);
  const address = env['ARGO_ROLLOUTS_PROMETHEUS_ADDRESS'];
  const secrets = isRecord(vector['secrets']) ? vector['secrets'] : {};
  return {
    metricName: 'm',
    run: { id: '11111111-2222-3333-4444-555555555555', name: 'run', namespace: 'app' },
    http,
    signal: new AbortController().signal,
    clock: { nowMs: () => nowMs },
    defaults: {
      awsCredentials: environmentCredentials(env),
      ...(address === undefined ? {} : { prometheusAddress: address }),
      ownNamespace: ownNamespace(env, () => undefined),
      environment: env,
    },
    secrets: {
      read(namespace, name, key) {
        // A name alone stands for the namespace that the reference is installed in by default.
        const secret =
          secrets[`${namespace}/${name}`] ?? (namespace === 'argo-rollouts' ? secrets[name] : undefined);
        const value = textsOf(secret)[key];
        if (secret === undefined)
          return Promise.reject(new ProviderError('secret', `secrets "${name}" not found`));
        return value === undefined ? Promise.reject(new MissingKeyError(name, key)) : Promise.resolve(value);
      },
    },
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function answersOf(responses: readonly Fields[]): readonly ScriptedResponse[] {
  return responses.map(({ status, headers, body, bodyBase64, delayMs, closeConnection }) => ({
    ...(typeof status === 'number' ? { status } : {}),
    headers: textsOf(headers),
    body:
      typeof bodyBase64 === 'string'
        ? Buffer.from(bodyBase64, 'base64')
        : typeof body === 'string'
          ? body
          : '',
    ...(typeof delayMs === 'number' ? { delayMs } : {}),
    closeConnection: closeConnection === true,
  }));
}

function expectedMeasurement(expect: Fields): Fields {
  const { newProviderError, panic, phase, value, message, metadata, finished } = expect;
  if (panic !== undefined) return { phase: 'Error', value: undefined, metadata: {}, finished: true };
  return {
    phase: newProviderError === undefined ? phase : 'Error',
    value,
    metadata: metadata ?? {},
    finished: newProviderError === undefined ? finished === true : true,
    message: newProviderError ?? message,
  };
}

function actualMeasurement(
  { phase, value, message, metadata, finishedAt }: Measurement,
  expect: Fields,
): Fields {
  const wanted = expect['newProviderError'] ?? expect['message'];
  const agrees = typeof wanted === 'string' && message !== undefined && sameMessage(message, wanted, expect);
  return {
    phase,
    value,
    metadata: metadata ?? {},
    finished: finishedAt !== undefined,
    ...('panic' in expect ? {} : { message: agrees ? wanted : message }),
  };
}
