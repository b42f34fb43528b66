import type { MetricProviderKind } from '../../../schemas/index.js';
import type { TypedValue } from '../../condition/index.js';

/** Results by provider. */
interface Samples {
  /** One of each static type in which the provider delivers results; none: it is not known before it does. */
  readonly types: readonly TypedValue[];
  /** What it delivers when it found nothing; absent: that is an error, or depends on the server. */
  readonly empty?: TypedValue;
}

const JSON_RESULTS: readonly TypedValue[] = [{}, [], '', 1, true].map((value) => ({ type: 'json', value }));
const VECTOR: TypedValue = { type: 'float64[]', value: [1] };
const SCALAR: TypedValue = { type: 'float64', value: 1 };

/** How each provider's results look to a condition. Job and Kayenta judge by themselves and have none. */
export const RESULT_SAMPLES: Readonly<Record<MetricProviderKind, Samples>> = {
  prometheus: { types: [VECTOR, SCALAR], empty: { type: 'float64[]', value: [] } },
  web: { types: JSON_RESULTS },
  datadog: {
    types: [SCALAR, VECTOR, { type: '*float64', value: 1 }],
    empty: { type: '*float64', value: null },
  },
  wavefront: { types: [VECTOR, SCALAR] },
  newRelic: {
    types: [
      { type: 'nrdb.NRDBResult', value: {} },
      { type: 'nrdb.NRDBResult[]', value: [] },
    ],
  },
  cloudWatch: {
    types: [{ type: 'types.MetricDataResult[]', value: [] }],
    empty: { type: 'types.MetricDataResult[]', value: null },
  },
  graphite: { types: [VECTOR], empty: { type: 'float64[]', value: [] } },
  influxdb: { types: [{ type: 'any[]', value: [] }] },
  skywalking: { types: JSON_RESULTS },
  job: { types: [] },
  kayenta: { types: [] },
  plugin: { types: [] },
};
