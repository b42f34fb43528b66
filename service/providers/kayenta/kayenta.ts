import type { KayentaMetric, Measurement } from '../../../schemas/index.js';
import { printGo } from '../go-print.js';
import {
  checkMembers,
  listOf,
  listWith,
  member,
  readFirst,
  readStruct,
  structOf,
  textOf,
  wholeOf,
} from '../go-struct.js';
import type { HttpRequest, HttpResponse } from '../http/http.js';
import { codeOfStatus } from '../http/status.js';
import type { JudgedReading, MeasureContext, MetricProvider, RunningReading } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { readJudgement } from './judgement.js';
import { scopesOf } from './scopes.js';

/** Time for each answer, in ms, and between two looks at an analysis: the reference's. */
const TIMEOUT_MS = 15_000;
const LOOK_AGAIN_MS = 15_000;
/** Metadata of a measurement: its analysis. */
const EXECUTION = 'canaryExecutionId';
/** What the reference's type of a canary configuration has beside what is read. */
const UNREAD = { updatedTimestamp: wholeOf, updatedTimestampIso: textOf, applications: listWith(textOf) };
/** The longest identifier that is taken. Kayenta's have 26 characters. */
const MAX_ID = 1_000;

/**
 * `provider.kayenta`: a canary analysis by Spinnaker's Kayenta, started by a measurement and looked at every 15 s. Kayenta's
 * score decides, cut to a whole number; the metric has no condition. Ending a run leaves the analysis alone, as in the
 * reference: Kayenta ends it by itself.
 */
export const kayentaProvider: MetricProvider<KayentaMetric> = {
  kind: 'kayenta',
  async measure(spec, context) {
    const configId = await findConfig(spec, context);
    const execution = await start(spec, configId, context);
    return running({ [EXECUTION]: execution }, context);
  },
  resume: (spec, measurement, context) => look(spec, measurement, context),
};

/** The id of the canary configuration that the metric names; the first of that name. */
async function findConfig(spec: KayentaMetric, context: MeasureContext): Promise<string> {
  const { address, application, storageAccountName, canaryConfigName } = spec;
  const query = queryOf({ application, configurationAccountName: storageAccountName });
  const response = await ask(`${address}/canaryConfig?${query}`, context);
  if (response.status !== 200) throw refusal(response, `Invalid Response: HTTP ${response.status}`);
  const list = readFirst(response.text());
  const configs = (listOf(list, 'the list of canary configurations') ?? []).map((item) => {
    const config = structOf(item, 'a canary configuration');
    checkMembers(config, UNREAD);
    return {
      id: textOf(member(config, 'id'), 'id of a canary configuration'),
      name: textOf(member(config, 'name'), 'name of a canary configuration'),
    };
  });
  const found = configs.find(({ name }) => name === canaryConfigName);
  if (found === undefined) throw new ProviderError('invalidSpec', 'Canary config not found');
  return found.id;
}

/** Starts an analysis, and gives its id. */
async function start(spec: KayentaMetric, configId: string, context: MeasureContext): Promise<string> {
  const { address, application, metricsAccountName, configurationAccountName, storageAccountName } = spec;
  const { pass, marginal } = spec.threshold;
  const query = queryOf({ application, metricsAccountName, configurationAccountName, storageAccountName });
  const response = await ask(`${address}/canary/${segmentOf(configId)}?${query}`, context, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ scopes: scopesOf(spec, context), thresholds: { pass, marginal } }),
  });
  if (response.status !== 200) throw refusal(response, 'Invalid Response');
  // Written as the reference writes it, `<nil>` when there is none: the look at it then is the Error.
  const id = printGo(readStruct(response.text())[EXECUTION] ?? null);
  if (id === '' || id.length > MAX_ID) throw noExecution();
  return id;
}

async function look(
  spec: KayentaMetric,
  { metadata = {} }: Measurement,
  context: MeasureContext,
): Promise<JudgedReading | RunningReading> {
  const execution = metadata[EXECUTION] ?? '';
  // Without an id it would be the list of all analyses that is asked for.
  if (execution === '') throw noExecution();
  const response = await ask(`${spec.address}/canary/${segmentOf(execution)}`, context);
  if (response.status !== 200) throw refusal(response, 'Invalid Response');
  const judgement = readJudgement(readStruct(response.text()), spec.threshold);
  return judgement === undefined ? running(metadata, context) : { kind: 'judged', ...judgement, metadata };
}

function ask(
  url: string,
  { http, signal }: MeasureContext,
  more: Pick<HttpRequest, 'headers' | 'body'> & { readonly method?: string } = {},
): Promise<HttpResponse> {
  return http.request({ method: 'GET', url, timeoutMs: TIMEOUT_MS, signal, ...more });
}

/** An id as one segment of a path, with the characters that Go leaves as they are. */
function segmentOf(id: string): string {
  // `.` and `..` are other places, however they are written.
  if (id === '.' || id === '..') throw malformed(`Kayenta gave an id that is none: ${id}`);
  return encodeURIComponent(id).replace(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent);
}

const queryOf = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');

const noExecution = (): ProviderError => malformed('Invalid canaryExecutionId');

const running = (metadata: Readonly<Record<string, string>>, { clock }: MeasureContext): RunningReading => ({
  kind: 'running',
  resumeAtMs: clock.nowMs() + LOOK_AGAIN_MS,
  metadata,
});

const refusal = ({ status }: HttpResponse, message: string): ProviderError =>
  new ProviderError(codeOfStatus(status), message);

const malformed = (message: string): ProviderError => new ProviderError('badResponse', message);
