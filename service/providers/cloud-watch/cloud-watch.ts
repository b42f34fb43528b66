import type { MessageData, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchMetric } from '../../../schemas/index.js';
import {
  goDurationMs,
  GoDurationError,
  GoTime,
  metricDataResult,
  quote,
  type TypedValue,
  Zone,
} from '../../condition/index.js';
import { printGo } from '../go-print.js';
import type { Metadata, MetricProvider } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { getMetricData } from './client.js';
import { dataQueries } from './queries.js';

/** Window of time that is queried when the spec does not say, in ms: the API's default. */
const DEFAULT_INTERVAL_MS = 5 * 60_000;
/** `StatusCode` of a result that has all there is. */
const COMPLETE = 'Complete';
/** Characters of the messages that are kept in the metadata. */
const MAX_MESSAGES = 4_096;
const NS_PER_MS = 1_000_000n;

/**
 * `provider.cloudWatch`: one GetMetricData over the time up to now. The result is the list of what its queries gave, with
 * `Id`, `Label`, `Values`, `Timestamps` and `StatusCode`; the shown value is the lists of values. As in the reference only the
 * first page is read: 100,800 points, or 500 queries. What CloudWatch remarks is in the metadata (`messages`).
 */
export const cloudWatchProvider: MetricProvider<CloudWatchMetric> = {
  kind: 'cloudWatch',
  async measure({ interval = '', metricDataQueries }, context) {
    const nowMs = context.clock.nowMs();
    const input = {
      StartTime: new Date(nowMs - windowMs(interval)),
      EndTime: new Date(nowMs),
      MetricDataQueries: dataQueries(metricDataQueries),
    };
    const { MetricDataResults: results, Messages: messages } = await getMetricData(input, context);
    const remarks = remarksOf(messages);
    checkStatus(results, remarks);
    return {
      kind: 'value',
      value: typedResults(results),
      text: printGo((results ?? []).map(({ Values = [] }) => Values)),
      ...remarks,
      isNothing: (results ?? []).every(({ Values }) => filled(Values) === undefined),
      keptOnConditionError: { text: true, metadata: true },
    };
  },
};

function windowMs(interval: string): number {
  if (interval === '') return DEFAULT_INTERVAL_MS;
  try {
    return goDurationMs(interval);
  } catch (error) {
    if (!(error instanceof GoDurationError)) throw error;
    throw new ProviderError('invalidSpec', error.message, { cause: error });
  }
}

/** What CloudWatch tells of the whole answer, as Go prints such a list, but with the texts where that has addresses. */
function remarksOf(messages: readonly MessageData[] | undefined): { readonly metadata?: Metadata } {
  const told = filled(messages)?.map(
    ({ Code = '<nil>', Value = '<nil>' }) => `{Code:${Code} Value:${Value}}`,
  );
  return told === undefined ? {} : { metadata: { messages: `[${told.join(' ')}]`.slice(0, MAX_MESSAGES) } };
}

/**
 * A query that CloudWatch could not answer has an empty list, which `all(…, # < 1)` passes: nothing was measured.
 * @throws ProviderError
 */
function checkStatus(
  results: readonly MetricDataResult[] | undefined,
  remarks: { readonly metadata?: Metadata },
): void {
  for (const { Id = '', StatusCode = COMPLETE, Values } of results ?? []) {
    if (StatusCode === COMPLETE || filled(Values) !== undefined) continue;
    const code = StatusCode === 'Forbidden' ? 'unauthorized' : 'badResponse';
    const what = `CloudWatch gave no values for ${quote(Id)}: its StatusCode is ${quote(StatusCode)}`;
    throw new ProviderError(code, what, remarks);
  }
}

/** As the reference's client reads them, an empty list and one that is not there are nil. */
function typedResults(results: readonly MetricDataResult[] | undefined): TypedValue {
  return {
    type: 'types.MetricDataResult[]',
    value:
      filled(results)?.map(({ Id, Label, StatusCode = '', Timestamps, Values }) =>
        metricDataResult({
          Id: textOrNull(Id),
          Label: textOrNull(Label),
          StatusCode,
          Timestamps: filled(Timestamps)?.map(goTime) ?? null,
          Values: filled(Values)?.map(number) ?? null,
        }),
      ) ?? null,
  };
}

const filled = <Item>(list: readonly Item[] | undefined): readonly Item[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

/** The library reads what it is sent without looking at its type, here and in the next ones. */
function textOrNull(text: unknown): string | null {
  if (typeof text === 'string') return text;
  if (text === undefined || text === null) return null;
  throw new ProviderError('badResponse', 'CloudWatch sent an Id or a Label that is no text');
}

function goTime(time: unknown): GoTime {
  if (time instanceof Date && !Number.isNaN(time.getTime())) {
    return new GoTime(BigInt(time.getTime()) * NS_PER_MS, Zone.utc);
  }
  throw new ProviderError('badResponse', 'CloudWatch sent a timestamp that is no time');
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new ProviderError('badResponse', 'CloudWatch sent a value that is no number');
}
