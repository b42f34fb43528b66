import { expect, it } from 'vitest';
import { ANALYSIS_RUNS, PODS } from '../../../service/controller/objects/collections.js';
import { tellUnwatched } from '../../../service/controller/objects/unwatched.js';
import { KubernetesError } from '../../../service/providers/kubernetes/index.js';
import { keptLog } from '../kept-log.js';

it.each`
  type             | status       | message                 | told
  ${ANALYSIS_RUNS} | ${404}       | ${'404 page not found'} | ${'the definition analysisruns.argoproj.io is not installed: kubectl apply -f helm/assay/crds/, or of the chart: helm show crds CHART | kubectl apply -f -'}
  ${ANALYSIS_RUNS} | ${403}       | ${'forbidden'}          | ${'forbidden'}
  ${PODS}          | ${404}       | ${'404 page not found'} | ${'404 page not found'}
  ${PODS}          | ${undefined} | ${'ECONNREFUSED'}       | ${'ECONNREFUSED'}
`(
  'of $type.kind objects that can not be watched, as $message ($status), is told: $told',
  (row: { type: typeof PODS; status: number | undefined; message: string; told: string }) => {
    const { log, entries } = keptLog();
    const error = new KubernetesError('badResponse', row.message, row.status);
    expect(tellUnwatched(log, row.type, error, '/path')).toBe(row.told);
    expect(entries).toEqual([expect.objectContaining({ level: 'warn', path: '/path' })]);
  },
);
