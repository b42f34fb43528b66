import { describe, expect, it } from 'vitest';
import { validateDocument } from '../../schemas/index.js';

describe('a Rollout as a document', () => {
  const rollout = {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'shop' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'shop' } },
      template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      strategy: { canary: { maxSurge: '25%', steps: [{ setWeight: 10 }, { pause: { duration: '5m' } }] } },
    },
    status: { phase: 'Healthy', observedGeneration: '3' },
  };

  it('is taken as it is', () => {
    expect(validateDocument('Rollout', rollout)).toEqual({ errors: [], warnings: [], value: rollout });
  });

  it('has each of its faults named with its place', () => {
    const strategy = { canary: { steps: [{ setWeight: 'ten' }, { pause: { duration: [] } }] } };
    const { errors, value } = validateDocument('Rollout', {
      ...rollout,
      spec: { ...rollout.spec, strategy },
    });
    expect(value).toBeUndefined();
    expect(errors.map(({ path }) => path)).toEqual([
      'spec.strategy.canary.steps[0].setWeight',
      'spec.strategy.canary.steps[1].pause.duration',
    ]);
  });
});
