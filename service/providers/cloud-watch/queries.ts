import type { MetricDataQuery, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchMetricDataQuery, CloudWatchMetricStat, IntOrString } from '../../../schemas/index.js';

/** The queries of a spec as GetMetricData takes them: what is not set is left out, or empty where it is required. */
export const dataQueries = (queries: readonly CloudWatchMetricDataQuery[]): MetricDataQuery[] =>
  queries.map(({ id = '', expression, label, metricStat, period, returnData }) => ({
    Id: id,
    ...(expression === undefined ? {} : { Expression: expression }),
    ...(label === undefined ? {} : { Label: label }),
    ...(metricStat === undefined ? {} : { MetricStat: statOf(metricStat) }),
    ...(period === undefined ? {} : { Period: secondsOf(period) }),
    ...(returnData === undefined ? {} : { ReturnData: returnData }),
  }));

function statOf({
  metric = {},
  period = 0,
  stat = '',
  unit = '',
}: CloudWatchMetricStat): MetricDataQuery['MetricStat'] {
  const { namespace, metricName = '', dimensions } = metric;
  return {
    Metric: {
      MetricName: metricName,
      ...(namespace === undefined ? {} : { Namespace: namespace }),
      ...(dimensions === undefined
        ? {}
        : { Dimensions: dimensions.map(({ name = '', value = '' }) => ({ Name: name, Value: value })) }),
    },
    Period: secondsOf(period),
    Stat: stat,
    // Which units there are CloudWatch knows, and says of another one what is wrong with it.
    ...(unit === '' ? {} : { Unit: unit as StandardUnit }),
  };
}

/** As Kubernetes' IntOrString: text that is no whole number is 0, which CloudWatch refuses; and Go's int32. */
const secondsOf = (period: IntOrString): number =>
  typeof period === 'number'
    ? period
    : /^[+-]?\d+$/.test(period)
      ? Number(BigInt.asIntN(32, BigInt(period)))
      : 0;
