import { describe, expect, it } from 'vitest';
import { Simulator } from './simulator.js';

const ROUTING = {
  trafficRouting: { nginx: { stableIngress: 'shop' } },
  stableService: 'stable',
  canaryService: 'canary',
};
const analysis = { templates: [{ templateName: 'success-rate' }] };

/** A rollout of v1 that has come to rest. */
function settled(strategy: object, services: readonly string[] = [], more: object = {}): Simulator {
  const cluster = new Simulator({ strategy, ...more }, services);
  cluster.settle();
  return cluster;
}

const phase = ({ rollout: { status } }: Simulator): readonly [string | undefined, string] => [
  status?.phase,
  status?.message ?? '',
];

describe('a canary without routers', () => {
  it('is deployed at once the first time, whatever its steps', () => {
    const cluster = settled({ canary: { steps: [{ setWeight: 25 }, { pause: {} }] } });
    expect(cluster.pods()).toEqual({ v1: 4 });
    expect(phase(cluster)).toEqual(['Healthy', '']);
    expect(cluster.rollout.status).toMatchObject({ currentStepIndex: 2, availableReplicas: 4 });
    expect(cluster.rollout.metadata?.annotations).toEqual({ 'rollout.argoproj.io/revision': '1' });
  });

  it('goes through its steps, waits for a person, and replaces all pods', () => {
    const cluster = settled({
      canary: { steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: '1m' } }] },
    });
    cluster.setImage('v2');
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 3, v2: 1 });
    expect(phase(cluster)).toEqual(['Paused', 'CanaryPauseStep']);
    cluster.promote();
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 2, v2: 2 });
    const { requeueAtMs } = cluster.step();
    expect(requeueAtMs).toBeLessThanOrEqual(cluster.nowMs + 60_000);
    cluster.advance(60);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v2: 4 });
    expect(phase(cluster)).toEqual(['Healthy', '']);
    expect(cluster.events).toContainEqual(
      expect.stringMatching(/^RolloutCompleted: .*Completed all 4 canary steps$/),
    );
  });

  it('never has fewer pods than may be missing, nor more than the surge', () => {
    const cluster = settled({ canary: { maxSurge: 1, maxUnavailable: 0, steps: [] } }, [], { replicas: 5 });
    cluster.setImage('v2');
    cluster.settle(() => {
      const available = cluster.replicaSets.reduce(
        (sum, set) => sum + Math.min(set.spec.replicas ?? 1, set.status?.availableReplicas ?? 0),
        0,
      );
      const all = cluster.replicaSets.reduce((sum, set) => sum + (set.spec.replicas ?? 1), 0);
      expect(available).toBeGreaterThanOrEqual(5);
      expect(all).toBeLessThanOrEqual(6);
    });
    expect(cluster.pods()).toEqual({ v2: 5 });
  });

  it('is given up for lack of progress where the Rollout says so', () => {
    const cluster = settled({ canary: { steps: [{ setWeight: 50 }] } }, [], {
      progressDeadlineSeconds: 60,
      progressDeadlineAbort: true,
    });
    cluster.setImage('bad');
    cluster.settle();
    expect(phase(cluster)[0]).toBe('Progressing');
    cluster.advance(61);
    cluster.settle();
    expect(phase(cluster)).toEqual([
      'Degraded',
      expect.stringMatching(/^RolloutAborted: .*has timed out progressing\.$/),
    ]);
    expect(cluster.pods()).toEqual({ v1: 4 });
  });
});

describe('a canary with routers', () => {
  const steps = [{ setWeight: 10 }, { analysis }, { setWeight: 50 }, { pause: {} }];
  const canary = { ...ROUTING, steps };

  it('moves traffic after its pods are there, and old pods after their traffic', () => {
    const cluster = settled({ canary }, ['stable', 'canary']);
    cluster.setImage('v2');
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(10);
    expect(cluster.runs.map(({ metadata }) => metadata?.name)).toEqual([
      expect.stringMatching(/^shop-[a-z0-9]+-2-1$/),
    ]);
    cluster.judge('Successful');
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(50);
    expect(cluster.pods()).toEqual({ v1: 4, v2: 2 });
    cluster.promote();
    cluster.settle();
    expect(cluster.traffic).toMatchObject({ canaryWeight: 0 });
    expect([cluster.selected('stable'), cluster.selected('canary')]).toEqual(['v2', 'v2']);
    // The version of before waits for its delay.
    expect(cluster.pods()).toEqual({ v1: 4, v2: 4 });
    cluster.advance(31);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v2: 4 });
    expect(phase(cluster)).toEqual(['Healthy', '']);
  });

  it('is Healthy only once its traffic has been seen to', () => {
    const cluster = new Simulator({ strategy: { canary } }, ['stable', 'canary']);
    for (let round = 0; round < 20; round += 1) {
      cluster.step();
      if (phase(cluster)[0] === 'Healthy') expect(cluster.traffic).toBeDefined();
      cluster.movePods();
    }
    expect(phase(cluster)[0]).toBe('Healthy');
  });

  it.each(['Failed', 'Error'] as const)(
    'after %s all traffic is back in the same plan, and pods go after their delay',
    (verdict) => {
      const cluster = settled({ canary }, ['stable', 'canary']);
      cluster.setImage('v2');
      cluster.settle();
      cluster.judge(verdict, 'rate was 0.2');
      cluster.step();
      expect(cluster.traffic?.canaryWeight).toBe(0);
      cluster.settle();
      expect(phase(cluster)).toEqual([
        'Degraded',
        'RolloutAborted: Rollout aborted update to revision 2: Step-based analysis phase error/failed: rate was 0.2',
      ]);
      expect(cluster.pods()).toEqual({ v1: 4, v2: 1 });
      cluster.advance(31);
      cluster.settle();
      expect(cluster.pods()).toEqual({ v1: 4 });
      expect(cluster.selected('canary')).toBe('v1');
    },
  );

  it('tried again after an abort it measures anew', () => {
    const cluster = settled({ canary }, ['stable', 'canary']);
    cluster.setImage('v2');
    cluster.settle();
    cluster.judge('Failed');
    cluster.settle();
    cluster.change({ status: { abort: false } });
    cluster.settle();
    expect(cluster.rollout.status?.abortedAt).toBeUndefined();
    expect(cluster.runs.map(({ metadata }) => metadata?.name?.replace(/^.*-2-/, ''))).toEqual(['1', '1.1']);
    cluster.judge('Successful');
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(50);
  });

  it('one that can not tell pauses, and goes on with another run when a person says so', () => {
    const cluster = settled({ canary }, ['stable', 'canary']);
    cluster.setImage('v2');
    cluster.settle();
    cluster.judge('Inconclusive');
    cluster.settle();
    expect(phase(cluster)).toEqual(['Paused', 'InconclusiveAnalysisRun']);
    cluster.promote();
    cluster.settle();
    expect(cluster.runs).toHaveLength(2);
    expect(cluster.rollout.status?.currentStepIndex).toBe(1);
  });

  it('a run that nobody takes holds the rollout, and ends it in the end', () => {
    const cluster = settled({ canary }, ['stable', 'canary']);
    cluster.isMeasuring = false;
    cluster.setImage('v2');
    cluster.settle();
    cluster.advance(299);
    cluster.settle();
    expect(cluster.rollout.status?.currentStepIndex).toBe(1);
    cluster.advance(2);
    cluster.settle();
    expect(phase(cluster)).toEqual([
      'Degraded',
      'RolloutAborted: Rollout aborted update to revision 2: Step-based analysis was lost: no controller has taken the AnalysisRun',
    ]);
    expect(cluster.traffic?.canaryWeight).toBe(0);
  });

  describe('a background analysis that nobody measures', () => {
    const steps = [{ setWeight: 10 }, { pause: { duration: '1m' } }, { setWeight: 100 }];
    const begun = (): Simulator => {
      const cluster = settled({ canary: { ...ROUTING, analysis, steps } }, ['stable', 'canary']);
      cluster.isMeasuring = false;
      return cluster;
    };

    it('lets no step pass while the API server takes no runs', () => {
      const cluster = begun();
      cluster.isTakingRuns = false;
      cluster.setImage('v2');
      for (let round = 0; round < 20; round += 1) {
        cluster.step();
        cluster.movePods();
        cluster.advance(60);
      }
      expect(cluster.runs).toEqual([]);
      expect(cluster.rollout.status?.currentStepIndex).toBe(0);
      expect(cluster.traffic?.canaryWeight).toBe(10);
      cluster.isTakingRuns = true;
      cluster.isMeasuring = true;
      cluster.settle();
      cluster.advance(60);
      cluster.settle();
      expect(phase(cluster)).toEqual(['Healthy', '']);
    });

    it('lets no step pass while the service is away, and then gives the version up', () => {
      const cluster = begun();
      cluster.setImage('v2');
      cluster.settle();
      cluster.advance(120);
      cluster.settle();
      expect(cluster.rollout.status?.currentStepIndex).toBe(0);
      cluster.advance(181);
      cluster.settle();
      expect(phase(cluster)[0]).toBe('Degraded');
      expect(cluster.traffic?.canaryWeight).toBe(0);
    });

    it('holds a pause whose time is over, but not one that a person has ended', () => {
      const cluster = begun();
      cluster.isMeasuring = true;
      cluster.setImage('v2');
      cluster.settle();
      expect(phase(cluster)).toEqual(['Paused', 'CanaryPauseStep']);
      cluster.runs = cluster.runs.map((run) => ({
        ...run,
        status: { phase: 'Running', message: 'waiting for the Assay service: away' },
      }));
      cluster.advance(61);
      cluster.settle();
      expect(cluster.rollout.status?.currentStepIndex).toBe(1);
      cluster.promote();
      cluster.settle();
      expect(cluster.rollout.status).toMatchObject({ currentStepIndex: 2 });
      expect(cluster.rollout.status?.stableRS).not.toBe(cluster.rollout.status?.currentPodHash);
    });
  });

  it('a weight that is not confirmed ends no step', () => {
    const cluster = settled({ canary }, ['stable', 'canary']);
    cluster.isConfirming = false;
    cluster.setImage('v2');
    cluster.settle();
    expect(cluster.rollout.status).toMatchObject({
      currentStepIndex: 0,
      canary: { weights: { verified: false } },
    });
    cluster.isConfirming = true;
    cluster.settle();
    expect(cluster.rollout.status?.currentStepIndex).toBe(1);
  });

  it('one that goes back to the stable version in the middle has no steps to go through', () => {
    const cluster = settled({ canary }, ['stable', 'canary']);
    cluster.setImage('v2');
    cluster.settle();
    cluster.setImage('v1');
    cluster.settle();
    expect(phase(cluster)).toEqual(['Healthy', '']);
    expect(cluster.traffic?.canaryWeight).toBe(0);
    expect(cluster.pods()).toMatchObject({ v1: 4 });
    cluster.advance(31);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 4 });
  });

  it('promoted in full it skips what is left, and ends its analyses', () => {
    const cluster = settled({ canary: { ...canary, analysis } }, ['stable', 'canary']);
    cluster.setImage('v2');
    cluster.settle();
    expect(cluster.runs).toHaveLength(2);
    cluster.change({ status: { promoteFull: true } });
    cluster.settle();
    expect(phase(cluster)).toEqual(['Healthy', '']);
    expect(cluster.runs.map(({ spec }) => spec.terminate)).toEqual([true, true]);
  });
});

describe('a blue/green rollout', () => {
  const blueGreen = { activeService: 'active', previewService: 'preview' };

  it('switches once all pods are there, and keeps the version of before for its delay', () => {
    const cluster = settled({ blueGreen }, ['active', 'preview']);
    expect([cluster.selected('active'), phase(cluster)]).toEqual(['v1', ['Healthy', '']]);
    cluster.setImage('v2');
    cluster.settle();
    expect([cluster.selected('active'), cluster.pods()]).toEqual(['v2', { v1: 4, v2: 4 }]);
    cluster.advance(31);
    cluster.settle();
    expect([phase(cluster), cluster.pods()]).toEqual([['Healthy', ''], { v2: 4 }]);
  });

  it('waits for a person where it is not to switch by itself', () => {
    const cluster = settled(
      { blueGreen: { ...blueGreen, autoPromotionEnabled: false, previewReplicaCount: 1 } },
      ['active', 'preview'],
    );
    cluster.setImage('v2');
    cluster.settle();
    expect([phase(cluster), cluster.pods(), cluster.selected('preview')]).toEqual([
      ['Paused', 'BlueGreenPause'],
      { v1: 4, v2: 1 },
      'v2',
    ]);
    cluster.promote();
    cluster.settle();
    expect([cluster.selected('active'), cluster.pods()]).toEqual(['v2', { v1: 4, v2: 4 }]);
  });

  it('switches only after a successful analysis, and back at once after a failed one', () => {
    const cluster = settled(
      { blueGreen: { ...blueGreen, prePromotionAnalysis: analysis, postPromotionAnalysis: analysis } },
      ['active', 'preview'],
    );
    cluster.setImage('v2');
    cluster.settle();
    expect([cluster.selected('active'), cluster.runs.length]).toEqual(['v1', 1]);
    cluster.judge('Successful');
    cluster.settle();
    expect([cluster.selected('active'), cluster.runs.length]).toEqual(['v2', 2]);
    cluster.judge('Failed', 'too slow');
    cluster.step();
    expect(cluster.selected('active')).toBe('v1');
    cluster.settle();
    expect(phase(cluster)).toEqual([
      'Degraded',
      'RolloutAborted: Rollout aborted update to revision 2: Blue/green post-promotion analysis phase error/failed: too slow',
    ]);
    cluster.advance(31);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 4 });
  });

  it('goes back without waiting while the version of before has its pods', () => {
    const cluster = settled({ blueGreen: { ...blueGreen, autoPromotionEnabled: false } }, [
      'active',
      'preview',
    ]);
    cluster.setImage('v2');
    cluster.settle();
    cluster.promote();
    cluster.settle();
    cluster.setImage('v1');
    cluster.settle();
    expect([cluster.selected('active'), phase(cluster)]).toEqual(['v1', ['Healthy', '']]);
  });
});

describe('a Rollout with faults', () => {
  it('is told all of them, and nothing is done', () => {
    const cluster = new Simulator({
      strategy: {
        canary: {
          stableService: 'nowhere',
          steps: [{ setWeight: 120 }, { pause: { duration: 'soon' } }, { setCanaryScale: { replicas: 1 } }],
        },
      },
    });
    cluster.step();
    expect(cluster.replicaSets).toEqual([]);
    expect(phase(cluster)[0]).toBe('Degraded');
    expect(phase(cluster)[1]).toBe(
      'InvalidSpec: The Rollout "shop" is invalid: spec.strategy.canary.steps[0].setWeight: SetWeight needs to be between 0 and 100; ' +
        'spec.strategy.canary.steps[1].pause.duration: must be seconds, or a Go duration such as 30s or 5m, and not negative; ' +
        'spec.strategy.canary.steps[2].setCanaryScale: SetCanaryScale requires TrafficRouting to be set',
    );
    expect(cluster.step().actions).toEqual([]);
  });
});
