import type { KubernetesApi } from '../../service/providers/kubernetes/index.js';

/** What an API server answers in which nothing ever happens by itself: watches that bring nothing. */
export const STILL: Pick<KubernetesApi, 'lines' | 'close'> = {
  lines: async function* () {
    await new Promise(() => undefined);
  },
  close: () => undefined,
};
