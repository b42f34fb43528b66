import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openUserCluster } from '../../../service/providers/kubernetes/index.js';
import type { Cluster } from '../../cluster/cluster.js';
import { programPath } from '../../built/binaries.js';
import { command } from '../fixtures/command.js';
import { ROLLOUTS, startShop } from './cluster.js';

const run = promisify(execFile);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startShop();
});
afterAll(() => cluster.stop());

/** What Argo Rollouts' own plugin writes. */
async function plugin(...args: readonly string[]): Promise<string> {
  const access = ['--kubeconfig', cluster.kubeconfig, '-n', 'shop'];
  return (await run(programPath('kubectl-argo-rollouts'), [...args, ...access])).stdout;
}

async function ours(...args: readonly string[]): Promise<string> {
  const { out, err } = await command(['rollouts', ...args, '-n', 'shop'], {
    openCluster: (context) => openUserCluster({ KUBECONFIG: cluster.kubeconfig }, context),
  });
  expect(err).toBe('');
  return out;
}

/** Without the ages, whose texts have the same width or not, and spaces at the ends of lines. */
const ageless = (text: string): readonly string[] =>
  text.split('\n').map((line) =>
    line
      .replace(/ \d+[smhdy](\d+[smhd])?(?= |$)/, ' AGE')
      .replace(/(AGE) +/, '$1 ')
      .trimEnd(),
  );

it.each(['guestbook', 'cart'])('shows %s as the plugin does', async (name) => {
  expect(ageless(await ours('get', name))).toEqual(
    ageless(await plugin('get', 'rollout', name, '--no-color')),
  );
});

it('lists as the plugin does', async () => {
  expect(ageless(await ours('list'))).toEqual(ageless(await plugin('list', 'rollouts')));
});

it('changes what the plugin changes, and says the same', async () => {
  const read = async (name: string) => {
    const { spec, status } = (await cluster.call('GET', `${ROLLOUTS}/${name}`)) as Record<string, unknown>;
    return { spec, status };
  };
  for (const name of ['guestbook', 'cart']) {
    for (const args of [['abort'], ['pause'], ['promote'], ['promote', '--full']]) {
      const before = await read(name);
      const said = await plugin(...args, name);
      const changed = await read(name);
      expect(changed).not.toEqual(before);
      await restore(name, before);
      expect(await ours(...args, name)).toBe(said);
      expect(await read(name)).toEqual(changed);
      await restore(name, before);
    }
  }
});

it('sets images and goes back as the plugin does', async () => {
  const template = async () =>
    ((await cluster.call('GET', `${ROLLOUTS}/guestbook`)) as { spec: { template: unknown } }).spec.template;
  const before = await template();
  const steps = [
    [
      ['set', 'image', 'guestbook', 'app=shop/app:9'],
      ['set-image', 'guestbook', 'app=shop/app:9'],
    ],
    [
      ['undo', 'guestbook'],
      ['undo', 'guestbook'],
    ],
  ] as const;
  for (const [theirs, own] of steps) {
    const said = await plugin(...theirs);
    const changed = await template();
    expect(changed).not.toEqual(before);
    await cluster.call('PATCH', `${ROLLOUTS}/guestbook`, { spec: { template: before } });
    expect(await ours(...own)).toBe(said);
    expect(await template()).toEqual(changed);
    await cluster.call('PATCH', `${ROLLOUTS}/guestbook`, { spec: { template: before } });
  }
});

/** Puts spec and status back. */
async function restore(name: string, { spec, status }: Record<string, unknown>): Promise<void> {
  const cleared = { abort: null, promoteFull: null, currentStepIndex: null };
  const paused = (spec as { paused?: boolean }).paused ?? null;
  await cluster.call('PATCH', `${ROLLOUTS}/${name}`, { spec: { paused } });
  await cluster.call('PATCH', `${ROLLOUTS}/${name}/status`, {
    status: { ...cleared, ...(status as object) },
  });
}
