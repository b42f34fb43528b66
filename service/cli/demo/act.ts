import type { Colors } from '../phase-style.js';
import { askAssay } from './judge.js';
import type { Release } from './release.js';
import { rollOut, type RolloutEnd } from './rollout.js';
import type { SampleService } from './sample-service.js';
import type { Stage } from './stage.js';
import { experienceLine, measurementLine, trafficLine, verdictLine } from './story.js';
import type { Teller } from './teller.js';

/** A version and where it runs. */
export interface Deployed {
  readonly release: Release;
  readonly place: SampleService;
}

/** The versions of an act. The canary is deployed by {@link playAct}. */
export interface Cast {
  readonly stable: Deployed;
  readonly canary: Deployed;
}

/** What an act is played with. */
export interface ActMeans {
  readonly stage: Stage;
  readonly teller: Teller;
  readonly colors: Colors;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** How an act ended, and for how long the canary had traffic, in ms. */
export type ActEnd = RolloutEnd & { readonly servedMs: number };

/**
 * Rolls a canary out by Assay's verdicts and tells how it goes.
 * @throws CliError when no verdict comes; the reason of the signal when it is aborted.
 */
export async function playAct(
  { stable, canary }: Cast,
  { stage, teller, colors, signal }: ActMeans,
): Promise<ActEnd> {
  const { proxy, users, source, judge } = stage;
  canary.place.deploy(canary.release);
  users.countAnew();
  const startedAt = performance.now();
  teller.watch(() => experienceLine(users.experiences()));
  const end = await rollOut({
    shift(canaryPercent) {
      proxy.use({ stable: stable.place.url, canary: canary.place.url, canaryPercent });
      const versions = { stable: stable.release.version, canary: canary.release.version };
      teller.note(trafficLine({ ...versions, canaryPercent }, colors));
    },
    async judge() {
      const judgement = await askAssay(
        {
          template: source.template,
          args: source.argsFor(canary.release.version, canary.place),
          onMeasurement: (metric, measurement) => {
            teller.note(measurementLine(metric, measurement, source.template, colors));
          },
          signal,
        },
        judge,
      );
      teller.note(verdictLine(judgement, colors));
      return judgement;
    },
  });
  const servedMs = performance.now() - startedAt;
  teller.watch(undefined);
  return { ...end, servedMs };
}
