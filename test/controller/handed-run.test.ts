import { expect, it } from 'vitest';
import { handedRun } from '../../service/controller/runs/handed-run.js';
import { readRunObject } from '../../service/controller/runs/run-object.js';

const OWN = { 'assay.dev/cluster': 'east' };
const handed = (metadata: object, spec: Readonly<Record<string, unknown>> = {}) =>
  handedRun(
    readRunObject({
      metadata: { name: 'r', namespace: 'shop', uid: 'u', resourceVersion: '7', ...metadata },
      spec,
    }),
    spec,
    OWN,
  );

it('a run is handed over with its name and what it has of labels, and whose it is', () => {
  expect(handed({ labels: { app: 'checkout' }, annotations: { note: 'n' } }, { metrics: [] })).toEqual({
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', spec: { metrics: [] } },
    metadata: {
      ...{ name: 'r', namespace: 'shop', resourceVersion: '7', annotations: { note: 'n' } },
      labels: { app: 'checkout', 'assay.dev/cluster': 'east' },
    },
  });
});

it("labels that say whose a run is are the controller's alone", () => {
  const labels = { 'assay.dev/instance': 'x', 'assay.dev/cluster': 'west', app: 'checkout' };
  expect(handed({ labels }).metadata.labels).toEqual({ app: 'checkout', 'assay.dev/cluster': 'east' });
});

it('when its object goes is not told, as the service would forget the verdict by it', () => {
  const ttlStrategy = { secondsAfterFailure: 1 };
  expect(handed({}, { metrics: [], ttlStrategy }).spec).toEqual({ metrics: [] });
});

it('annotations that the service reads are handed over, and of the others no burden', () => {
  const annotations = {
    large: 'x'.repeat(200 * 1024),
    note: 'n',
    'assay.dev/callbacks': 'c'.repeat(20_000),
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
  };
  const { note, 'assay.dev/callbacks': callbacks } = annotations;
  expect(handed({ annotations }).metadata.annotations).toEqual({ note, 'assay.dev/callbacks': callbacks });
});
