import type { MetricProviderKind } from '../../../schemas/index.js';
import type { TypedValue } from '../../condition/index.js';

/** Why a result is no evidence: nothing was found, it is no number, or a server did not answer with JSON. */
export type VoidKind = 'empty' | 'nan' | 'noJson';

/** A result that is no evidence. */
interface VoidSample {
  readonly means: VoidKind;
  readonly value: TypedValue;
}

/** Results by provider. */
interface Samples {
  /** One of each static type in which the provider delivers results; none: it is not known before it does. */
  readonly types: readonly TypedValue[];
  /** What it delivers without evidence; none: that is an error, or depends on the server. */
  readonly voids: readonly VoidSample[];
}

const JSON_RESULTS: readonly TypedValue[] = [{}, [], '', 1, true].map((value) => ({ type: 'json', value }));
const VECTOR: TypedValue = { type: 'float64[]', value: [1] };
const SCALAR: TypedValue = { type: 'float64', value: 1 };
const EMPTY_VECTOR: VoidSample = { means: 'empty', value: { type: 'float64[]', value: [] } };
const NAN_VECTOR: VoidSample = { means: 'nan', value: { type: 'float64[]', value: [Number.NaN] } };
const NAN_SCALAR: VoidSample = { means: 'nan', value: { type: 'float64', value: Number.NaN } };

/** How each provider's results look to a condition. Job and Kayenta judge by themselves and have none. */
export const RESULT_SAMPLES: Readonly<Record<MetricProviderKind, Samples>> = {
  prometheus: { types: [VECTOR, SCALAR], voids: [EMPTY_VECTOR, NAN_VECTOR, NAN_SCALAR] },
  web: { types: JSON_RESULTS, voids: [{ means: 'noJson', value: { type: 'string', value: '' } }] },
  datadog: {
    types: [SCALAR, VECTOR, { type: '*float64', value: 1 }],
    voids: [{ means: 'empty', value: { type: '*float64', value: null } }],
  },
  wavefront: { types: [VECTOR, SCALAR], voids: [NAN_VECTOR, NAN_SCALAR] },
  newRelic: {
    types: [
      { type: 'nrdb.NRDBResult', value: {} },
      { type: 'nrdb.NRDBResult[]', value: [] },
    ],
    voids: [],
  },
  cloudWatch: {
    types: [{ type: 'types.MetricDataResult[]', value: [] }],
    voids: [{ means: 'empty', value: { type: 'types.MetricDataResult[]', value: null } }],
  },
  graphite: { types: [VECTOR], voids: [EMPTY_VECTOR] },
  influxdb: { types: [{ type: 'any[]', value: [] }], voids: [] },
  skywalking: { types: JSON_RESULTS, voids: [] },
  job: { types: [], voids: [] },
  kayenta: { types: [], voids: [] },
  plugin: { types: [], voids: [] },
};
