import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchRollout } from '../../../service/cli/rollouts/watch-rollout.js';
import { openUserCluster } from '../../../service/providers/kubernetes/index.js';
import type { Cluster } from '../../cluster/cluster.js';
import { assay } from '../../support/assay.js';
import { command } from '../fixtures/command.js';
import { ROLLOUTS, startShop } from './cluster.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startShop();
});
afterAll(() => cluster.stop());

/** Runs `assay rollouts` in this process against the cluster. */
const rollouts = (args: readonly string[], { isTty = false }: { readonly isTty?: boolean } = {}) =>
  command(['rollouts', ...args], {
    isTty,
    env: { FORCE_COLOR: isTty ? '1' : '' },
    openCluster: (context) => openUserCluster({ KUBECONFIG: cluster.kubeconfig }, context),
  });

const stored = async (name: string): Promise<{ spec: object; status: object }> =>
  (await cluster.call('GET', `${ROLLOUTS}/${name}`)) as { spec: object; status: object };
const setStatus = (name: string, status: object) =>
  cluster.call('PATCH', `${ROLLOUTS}/${name}/status`, { status });

describe('assay rollouts', () => {
  it('shows a Rollout of the cluster, from the command line on', async () => {
    const { code, out, err } = await assay(['rollouts', 'get', 'guestbook', '-n', 'shop'], {
      env: { KUBECONFIG: cluster.kubeconfig },
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('\nStatus:          ॥ Paused\nMessage:         CanaryPauseStep\n');
    expect(out).toMatch(/├──⧉ guestbook-two +ReplicaSet +✔ Healthy +\d+s +canary\n/);
    expect(out).toMatch(/└──⊞ smoke-job +Job +✔ Successful/);
  });

  it('lists the Rollouts of a namespace, and says when there are none', async () => {
    const { out } = await rollouts(['list', '-n', 'shop']);
    expect(out.split('\n').map((line) => line.split(/ +/).slice(0, 4))).toEqual([
      ['NAME', 'STRATEGY', 'STATUS', 'STEP'],
      ['cart', 'BlueGreen', 'Paused', '-'],
      ['guestbook', 'Canary', 'Paused', '1/4'],
      [''],
    ]);
    expect((await rollouts(['list', '-A'])).out).toContain('shop       guestbook');
    expect(await rollouts(['list'])).toMatchObject({ code: 0, out: '', err: 'there are no such rollouts\n' });
  });

  it('says what is not there', async () => {
    expect(await rollouts(['get', 'nothing', '-n', 'shop'])).toMatchObject({
      ...{ code: 64, out: '', err: 'rollouts.argoproj.io "nothing" not found\n' },
    });
    expect((await rollouts(['abort', 'nothing', '-n', 'shop'])).err).toBe(
      'rollouts.argoproj.io "nothing" not found\n',
    );
    const { code, err } = await rollouts(['list', '--context', 'elsewhere']);
    expect(code).toBe(64);
    expect(err).toContain('it has no context elsewhere, only ');
  });

  it('aborts, retries, promotes and pauses', async () => {
    const inShop = async (...args: string[]) => (await rollouts([...args, '-n', 'shop'])).out;
    expect(await inShop('abort', 'guestbook', 'cart')).toBe(
      "rollout 'guestbook' aborted\nrollout 'cart' aborted\n",
    );
    expect((await stored('guestbook')).status).toMatchObject({ abort: true });
    expect(await inShop('retry', 'guestbook', 'cart')).toContain("rollout 'cart' retried\n");
    expect((await stored('cart')).status).toMatchObject({ abort: false });
    expect(await inShop('pause', 'guestbook')).toBe("rollout 'guestbook' paused\n");
    expect((await stored('guestbook')).spec).toMatchObject({ paused: true });
    const before = (await stored('guestbook')).status;
    expect(await inShop('promote', 'guestbook')).toBe("rollout 'guestbook' promoted\n");
    const after = await stored('guestbook');
    expect(after.spec).toMatchObject({ paused: false });
    expect(after.status).not.toHaveProperty('pauseConditions');
    expect(await inShop('promote', '--full', 'guestbook')).toBe("rollout 'guestbook' fully promoted\n");
    expect((await stored('guestbook')).status).toMatchObject({ promoteFull: true });
    await setStatus('guestbook', { ...before, abort: null, promoteFull: null });
  });

  it('restarts, sets images and goes back', async () => {
    const inShop = async (...args: string[]) => (await rollouts([...args, '-n', 'shop'])).out;
    expect(await inShop('restart', 'cart', '--in', '1h')).toBe("rollout 'cart' restarts in 1h\n");
    const { restartAt } = (await stored('cart')).spec as { restartAt: string };
    expect(Math.abs(Date.parse(restartAt) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(await inShop('set-image', 'cart', 'app=shop/cart:9')).toBe('rollout "cart" image updated\n');
    const images = async () =>
      ((await stored('cart')).spec as { template: { spec: { containers: { image: string }[] } } }).template
        .spec.containers;
    expect(await images()).toEqual([{ name: 'app', image: 'shop/cart:9' }]);
    expect(await inShop('undo', 'cart')).toBe("rollout 'cart' undo\n");
    expect(await images()).toMatchObject([{ name: 'app', image: 'shop/cart:1' }]);
    expect(await inShop('undo', 'cart', '--to-revision', '1')).toBe(
      'skipped rollback (current template already matches revision 1)\n',
    );
    expect(await rollouts(['set-image', 'cart', 'no=x', '-n', 'shop'])).toMatchObject({
      ...{ code: 64, err: 'rollout "cart": unable to find container named "no"\n' },
    });
  });

  it('waits until a Rollout has come to its end', async () => {
    const waiting = rollouts(['status', 'guestbook', '-n', 'shop', '--timeout', '60s']);
    await setStatus('guestbook', { ...{ phase: 'Degraded', message: 'RolloutAborted: bad' }, ...OBSERVED });
    const { code, out } = await waiting;
    expect(out.trim().split('\n').at(-1)).toBe('Degraded - RolloutAborted: bad');
    expect(code).toBe(1);
    expect((await rollouts(['status', 'guestbook', '-n', 'shop', '--no-watch'])).code).toBe(1);
  });

  it('tells a watched Rollout once for each way that it stands', async () => {
    await setStatus('guestbook', { ...{ phase: 'Progressing', message: 'one' }, ...OBSERVED });
    // Long enough for several views, as ages are drawn anew each second.
    const { code, out } = await rollouts(['watch', 'guestbook', '-n', 'shop', '--timeout', '4s']);
    expect(code).toBe(124);
    expect(out).toBe('Progressing - one (step 1/4, weight 25 of 25, updated 1 of 4, available 4)\n');
  });

  it('draws a watched Rollout over itself on a terminal', async () => {
    const { code, out } = await rollouts(['watch', 'cart', '-n', 'shop', '--timeout', '4s'], { isTty: true });
    expect(code).toBe(124);
    const views = out.split('\u001b[0J');
    expect(views.length).toBeGreaterThan(2);
    expect(views.at(-1)).toContain('⧉ \u001b[94mcart-green\u001b[39m  ReplicaSet');
  });

  it('gives up when the time is up', async () => {
    await setStatus('guestbook', { phase: 'Progressing', message: 'slow' });
    expect(await rollouts(['status', 'guestbook', '-n', 'shop', '--timeout', '300ms'])).toMatchObject({
      ...{ code: 124, err: "rollout 'guestbook': the time is up, it was followed for 300ms\n" },
    });
  });

  it('follows what belongs to a Rollout until that is deleted', async () => {
    const { api } = await openUserCluster({ KUBECONFIG: cluster.kubeconfig }, undefined);
    const { signal } = new AbortController();
    const troubles: unknown[] = [];
    const onTrouble = (error: unknown): void => {
      troubles.push(error);
    };
    const target = { api, namespace: 'shop', name: 'cart', signal, onTrouble };
    const views = watchRollout(target);
    expect((await views.next()).done).toBe(false);
    await cluster.call('DELETE', '/apis/apps/v1/namespaces/shop/replicasets/cart-green');
    let names: readonly string[] = ['cart-green'];
    while (names.includes('cart-green')) {
      const next = await views.next();
      if (next.done === true) throw new Error('the watch has ended too early');
      names = next.value.replicaSets.map((set) => (set as { metadata: { name: string } }).metadata.name);
    }
    expect(names).toEqual(['cart-blue', 'guestbook-one', 'guestbook-two']);
    await cluster.call('DELETE', `${ROLLOUTS}/cart`);
    for await (const { rollout } of views) expect(rollout).toBeDefined();
    expect(troubles).toEqual([]);
    api.close();
  });
});

/** The controller has seen the newest spec, and does not pause. */
const OBSERVED = { observedGeneration: '99', controllerPause: false, pauseConditions: null };
