import type { SkywalkingMetric } from '../../schemas/index.js';
import { GoDurationError, parseGoDuration } from '../condition/index.js';
import { encodeGoJson, type JsonValue } from './go-json.js';
import { listOf, member, readFirst, ShapeError, structOf, textOf } from './go-struct.js';
import type { HttpResponse } from './http/http.js';
import { codeOfStatus } from './http/status.js';
import type { MetricProvider } from './provider.js';
import { ProviderError } from './provider-error.js';

/** Time for the whole answer, in ms: the reference's. */
const TIMEOUT_MS = 30_000;
const NS_PER_MS = 1e6;
const JSON_TYPE = 'application/json; charset=utf-8';
/** Characters of an error of the server that the message shows. */
const MAX_SHOWN = 4_096;

/**
 * `provider.skywalking`: a GraphQL query with the variable `$duration`, the window of `interval` up to now in minutes.
 * The value is `data` of the answer. As in the reference the status of the answer does not count: without `data`, or
 * with `errors`, it is an error.
 */
export const skywalkingProvider: MetricProvider<SkywalkingMetric> = {
  kind: 'skywalking',
  async measure({ address = '', query = '', interval = '' }, { http, clock, signal }) {
    const duration = windowOf(interval, clock.nowMs());
    const response = await http.request({
      method: 'POST',
      changesNothing: true,
      url: `${address}/graphql`,
      headers: { Accept: JSON_TYPE, 'Content-Type': JSON_TYPE },
      body: JSON.stringify({ query, variables: { duration } }),
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    const data = dataOf(response);
    return {
      kind: 'value',
      value: { type: 'json', value: data },
      text: encodeGoJson(data),
      isNothing: typeof data === 'object' && data !== null && Object.keys(data).length === 0,
    };
  },
};

function windowOf(interval: string, nowMs: number): Readonly<Record<'start' | 'end' | 'step', string>> {
  let lengthMs: number;
  try {
    lengthMs = Number(parseGoDuration(interval)) / NS_PER_MS;
  } catch (error) {
    if (!(error instanceof GoDurationError)) throw error;
    throw new ProviderError('invalidSpec', error.message, { cause: error });
  }
  return { start: minuteOf(nowMs - lengthMs), end: minuteOf(nowMs), step: 'MINUTE' };
}

/** `2024-05-01 1200`, in the time zone of this process: SkyWalking reads times in that of its server. */
function minuteOf(ms: number): string {
  const time = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}${two(time.getMinutes())}`;
}

function dataOf(response: HttpResponse): JsonValue {
  const code = codeOfStatus(response.status);
  const { error, data } = answerOf(response);
  if (error !== undefined) throw new ProviderError(code, `graphql: ${error.slice(0, MAX_SHOWN)}`);
  if (data === undefined || data === null) {
    const isAnswer = response.status >= 200 && response.status <= 299;
    throw new ProviderError(isAnswer ? 'noData' : code, 'no results returned from SkyWalking query');
  }
  return data;
}

/** What an answer has of a GraphQL result: the first of its errors, and its data. */
interface Answer {
  readonly error: string | undefined;
  readonly data: JsonValue | undefined;
}

function answerOf(response: HttpResponse): Answer {
  const { status, statusText } = response;
  const text = response.text();
  try {
    const answer = structOf(readFirst(text), 'the answer');
    const errors = listOf(member(answer, 'errors'), 'errors') ?? [];
    const [error] = errors.map((each) => textOf(member(structOf(each, 'an error'), 'message'), 'message'));
    return { error, data: member(answer, 'data') };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const place = status >= 200 && status <= 299 ? '' : ` (status ${`${status} ${statusText}`.trimEnd()})`;
    throw new ProviderError(
      codeOfStatus(status),
      `decoding response: ${text === '' ? 'EOF' : error.message}${place}`,
      { cause: error },
    );
  }
}
