import { describe, expect, it } from 'vitest';
import { ExperimentSimulator, podsOf, running } from './simulator.js';

const analysis = { name: 'rate', templateName: 'success-rate' };
const required = { ...analysis, requiredForCompletion: true };

describe('an experiment', () => {
  it('runs its pods, for as long as it says, and scales them down after the delay', () => {
    const cluster = running({ duration: '1m', scaleDownDelaySeconds: 5 });
    expect(cluster.outcome).toEqual(['Running', undefined]);
    expect(cluster.pods()).toEqual({ 'race-baseline': 1, 'race-canary': 1 });
    expect(cluster.experiment.status).toMatchObject({
      availableAt: '2026-01-01T00:00:00Z',
      templateStatuses: [
        { name: 'baseline', status: 'Running', replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
        { name: 'canary', status: 'Running' },
      ],
      conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
    });
    expect(cluster.step().requeueAtMs).toBe(cluster.nowMs + 60_000);

    cluster.advance(60);
    cluster.settle();
    expect(cluster.outcome).toEqual(['Successful', undefined]);
    expect(cluster.experiment.status?.conditions).toMatchObject([
      {
        status: 'False',
        reason: 'ExperimentCompleted',
        message: 'Experiment "race" has successfully ran and completed.',
      },
    ]);
    expect(cluster.pods()).toEqual({ 'race-baseline': 1, 'race-canary': 1 });
    expect(cluster.step().requeueAtMs).toBe(cluster.nowMs + 5_000);
    cluster.advance(5);
    cluster.settle();
    expect(cluster.pods()).toEqual({ 'race-baseline': 0, 'race-canary': 0 });
    expect(cluster.events.filter((event) => event.startsWith('Experiment'))).toEqual([
      'ExperimentPending: Experiment transitioned from  -> Pending',
      'ExperimentRunning: Experiment transitioned from Pending -> Running',
      'ExperimentSuccessful: Experiment transitioned from Running -> Successful',
    ]);
  });

  it('that says no duration goes on until somebody ends it, and is no failure however long that took', () => {
    const cluster = running({ scaleDownDelaySeconds: 0 });
    cluster.advance(86_400);
    cluster.settle();
    expect(cluster.outcome[0]).toBe('Running');
    cluster.change({ terminate: true });
    cluster.settle();
    expect(cluster.outcome[0]).toBe('Successful');
    expect(cluster.pods()).toEqual({ 'race-baseline': 0, 'race-canary': 0 });
  });

  it('marks its ReplicaSets as Argo Rollouts does, with the hash of their own pods', () => {
    const ofRollout = podsOf('canary', 'v2');
    const labels = { app: 'shop', 'rollouts-pod-template-hash': 'of-the-rollout' };
    const cluster = running({
      templates: [{ ...ofRollout, template: { ...ofRollout.template, metadata: { labels } } }],
    });
    const [set] = cluster.replicaSets;
    const hash = set?.metadata.labels?.['rollouts-pod-template-hash'];
    expect(hash).toMatch(/^[a-z0-9]+$/);
    expect(set).toMatchObject({
      metadata: {
        name: 'race-canary',
        labels: { app: 'shop' },
        annotations: {
          'experiment.argoproj.io/name': 'race',
          'experiment.argoproj.io/template-name': 'canary',
        },
        ownerReferences: [{ kind: 'Experiment', name: 'race', uid: 'e-1', controller: true }],
      },
      spec: {
        selector: { matchLabels: { app: 'shop', 'rollouts-pod-template-hash': hash } },
        template: { metadata: { labels: { app: 'shop', 'rollouts-pod-template-hash': hash } } },
      },
    });
  });

  it('never gives its pods the hash of the version that they are of, whose Services would find them', () => {
    const first = running({ templates: [podsOf('canary', 'v2')] });
    const own = first.replicaSets[0]?.metadata.labels?.['rollouts-pod-template-hash'] ?? '';
    const same = podsOf('canary', 'v2');
    const labels = { app: 'shop', 'rollouts-pod-template-hash': own };
    const cluster = running({
      templates: [{ ...same, template: { ...same.template, metadata: { labels } } }],
    });
    expect(cluster.replicaSets[0]?.metadata.labels?.['rollouts-pod-template-hash']).not.toBe(own);
  });

  it('has a Service for pods that ask for one, until they are gone', () => {
    const cluster = running({
      templates: [
        { ...podsOf('canary', 'v2'), service: { name: 'shop-canary' } },
        { ...podsOf('other', 'v3'), service: {} },
      ],
      ...{ duration: '1m', scaleDownDelaySeconds: 5 },
    });
    const hash = cluster.replicaSets[0]?.metadata.labels?.['rollouts-pod-template-hash'];
    expect(cluster.services).toMatchObject([
      {
        metadata: { name: 'shop-canary' },
        spec: {
          selector: { app: 'shop', 'rollouts-pod-template-hash': hash },
          ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'TCP' }],
        },
      },
      { metadata: { name: 'race-other' } },
    ]);
    expect(cluster.experiment.status?.templateStatuses?.[0]).toMatchObject({
      ...{ serviceName: 'shop-canary', podTemplateHash: hash },
    });
    cluster.advance(60);
    cluster.settle();
    expect(cluster.services).toHaveLength(2);
    cluster.advance(5);
    cluster.settle();
    expect(cluster.services).toEqual([]);
    expect(cluster.experiment.status?.templateStatuses?.[0]).not.toHaveProperty('serviceName');
  });

  it('leaves no Service of pods that somebody has deleted', () => {
    const cluster = running({ templates: [{ ...podsOf('canary', 'v2'), service: {} }] });
    cluster.replicaSets = [];
    cluster.change({ terminate: true });
    cluster.settle();
    expect(cluster.services).toEqual([]);
  });

  it('fails when pods do not come in time', () => {
    const cluster = running({
      templates: [podsOf('baseline', 'v1'), podsOf('canary', 'bad')],
      progressDeadlineSeconds: 30,
    });
    expect(cluster.outcome[0]).toBe('Pending');
    expect(cluster.step().requeueAtMs).toBe(cluster.nowMs + 30_000);
    cluster.advance(30);
    cluster.settle();
    expect(cluster.outcome).toEqual([
      'Failed',
      "Template 'canary' exceeded its progressDeadlineSeconds (30)",
    ]);
    expect(cluster.events).toContain(
      "TemplateFailed: Template 'canary' transitioned from Progressing -> Failed: Template 'canary' exceeded its progressDeadlineSeconds (30)",
    );
    cluster.advance(30);
    cluster.settle();
    expect(cluster.pods()).toEqual({ 'race-baseline': 0, 'race-canary': 0 });
  });

  it('is an Error when the API server does not take its pods', () => {
    const cluster = new ExperimentSimulator({});
    cluster.refusals.set('ReplicaSet/race-canary', 'spec.template: invalid');
    cluster.settle();
    expect(cluster.outcome).toEqual([
      'Error',
      "Failed to create ReplicaSet for template 'canary': spec.template: invalid",
    ]);
  });

  it('makes nothing of a spec with faults, and tells of all of them', () => {
    const everything = { ...podsOf('a', 'v1'), selector: {} };
    const cluster = new ExperimentSimulator({
      ...{ templates: [everything, { ...everything, minReadySeconds: 601 }], duration: '5 minutes' },
    });
    cluster.settle();
    expect(cluster.replicaSets).toEqual([]);
    expect(cluster.experiment.status?.conditions).toMatchObject([
      {
        ...{ type: 'InvalidSpec', status: 'True', reason: 'InvalidSpec' },
        message: [
          'spec.templates[0].selector: This experiment is selecting all pods at index 0. A non-empty selector is required.',
          'spec.templates[1].selector: This experiment is selecting all pods at index 1. A non-empty selector is required.',
          'spec.templates[1].minReadySeconds: MinReadySeconds cannot be longer than ProgressDeadlineSeconds. Check template index 1',
          "spec.templates[1].name: Experiment race has repeated template name 'a' in templates",
          "spec.duration: must be a Go duration such as 30s or 5m, not '5 minutes'",
        ].join('; '),
      },
    ]);
    cluster.change({ templates: [podsOf('a', 'v1')], duration: '5m' });
    cluster.settle();
    expect(cluster.outcome[0]).toBe('Running');
    expect(cluster.experiment.status?.conditions?.map(({ type }) => type)).toEqual(['Progressing']);
  });

  it.each([1, 2, 3])('ends the same when its controller ends after %i actions of each plan', (upTo) => {
    const spec = { analyses: [required], scaleDownDelaySeconds: 5 };
    const whole = running(spec);
    const cut = new ExperimentSimulator(spec);
    cut.settle(upTo);
    expect(cut.pods()).toEqual(whole.pods());
    expect(cut.runs.map(({ metadata }) => metadata?.name)).toEqual(['race-rate']);
    for (const cluster of [whole, cut]) cluster.judge('race-rate', 'Successful');
    whole.settle();
    cut.settle(upTo);
    expect(cut.outcome).toEqual(whole.outcome);
  });
});
