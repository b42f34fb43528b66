import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.js';
import { NAMESPACE } from './objects.js';

const LOOK_MS = 200;
const PORT = 8080;

interface Pod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: { readonly podIP?: string; readonly phase?: string };
}

/**
 * Tells Prometheus which pods there are and which version they are of, for as long as this process lives: Debian's
 * Prometheus is built without the discovery that asks Kubernetes itself.
 * @returns parts of a scrape_config.
 */
export async function followPods(
  cluster: Cluster,
  folder: string,
): Promise<Readonly<Record<string, unknown>>> {
  const file = join(folder, 'pods.json');
  let written = '';
  const look = async (): Promise<void> => {
    const { items } = (await cluster.call('GET', `/api/v1/namespaces/${NAMESPACE}/pods`)) as {
      items: readonly Pod[];
    };
    const targets = items.flatMap(({ metadata, status: { podIP, phase } = {} }) =>
      podIP === undefined || phase !== 'Running'
        ? []
        : [
            {
              targets: [`${podIP}:${PORT}`],
              labels: { hash: metadata.labels?.['rollouts-pod-template-hash'] ?? '' },
            },
          ],
    );
    const text = JSON.stringify(targets);
    if (text === written) return;
    written = text;
    // In one step: half a file is no list of targets.
    await writeFile(`${file}.next`, text);
    await rename(`${file}.next`, file);
  };
  await look();
  const follow = async (): Promise<never> => {
    for (;;) {
      await delay(LOOK_MS);
      await look();
    }
  };
  // One look that fails ends all of it, as an unhandled rejection does: verdicts would be those of other pods.
  void follow();
  return { file_sd_configs: [{ files: [file] }] };
}
