import type { KubernetesApi } from '../../../service/providers/kubernetes/index.js';
import { type StateWatch, watchStates } from './state-watch.js';

/** What becomes of Rollouts in all namespaces. */
export interface RolloutWatches {
  /** States are `IMAGE PHASE`. */
  readonly rollouts: StateWatch;
  /** By the names of their Rollouts, else their own; states are the image. */
  readonly sets: StateWatch;
  /** By the names of their Rollouts; states are the phase. */
  readonly runs: StateWatch;
  /** States are the weights of the backends, in their order, with slashes between. */
  readonly routes: StateWatch;
  /** How long none of them has changed, ms. */
  quietMs(): number;
}

interface Owned {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
}
interface OfPods extends Owned {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}
interface InPhase extends Owned {
  readonly status?: { readonly phase?: string };
}
interface Route extends Owned {
  readonly spec: {
    readonly rules: readonly { readonly backendRefs: readonly { readonly weight?: number }[] }[];
  };
}

const imagesOf = ({ spec }: OfPods): string =>
  spec.template.spec.containers.map(({ image }) => image).join(' ');
const ownerOf = ({ metadata: { name, ownerReferences = [] } }: Owned): string =>
  ownerReferences[0]?.name ?? name;

/** Watches Rollouts, ReplicaSets, AnalysisRuns and HTTPRoutes until `signal` is aborted. */
export function watchRollouts(api: KubernetesApi, signal: AbortSignal): RolloutWatches {
  const watches = {
    rollouts: watchStates(
      api,
      '/apis/argoproj.io/v1alpha1/rollouts',
      (json) => {
        const rollout = json as OfPods & InPhase;
        return { name: rollout.metadata.name, state: `${imagesOf(rollout)} ${rollout.status?.phase ?? ''}` };
      },
      signal,
    ),
    sets: watchStates(
      api,
      '/apis/apps/v1/replicasets',
      (json) => {
        const set = json as OfPods;
        return { name: ownerOf(set), state: imagesOf(set) };
      },
      signal,
    ),
    runs: watchStates(
      api,
      '/apis/argoproj.io/v1alpha1/analysisruns',
      (json) => {
        const run = json as InPhase;
        return { name: ownerOf(run), state: run.status?.phase ?? '' };
      },
      signal,
    ),
    routes: watchStates(
      api,
      '/apis/gateway.networking.k8s.io/v1/httproutes',
      (json) => {
        const { metadata, spec } = json as Route;
        const weights = spec.rules.flatMap(({ backendRefs }) => backendRefs.map(({ weight = 1 }) => weight));
        return { name: metadata.name, state: weights.join('/') };
      },
      signal,
    ),
  };
  return {
    ...watches,
    quietMs: () => performance.now() - Math.max(...Object.values(watches).map((watch) => watch.lastChange())),
  };
}
