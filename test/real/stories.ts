import type { RolloutStatus } from '../../schemas/index.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Rollouts } from '../cluster/rollouts.js';
import { eventually } from '../support/eventually.js';
import { type Answer, badForMs, followedAfterMs, SETTLE_MS, servedBy, sharesOf } from './figures.js';
import { GATEWAY_URL } from './gateway.js';
import { type Load, startLoad } from './load.js';
import { blueGreen, CANARY_WEIGHTS, canary, NAMESPACE, podsOf, routeOf, serviceOf } from './objects.js';
import type { StoryReport } from './report.js';
import { watchWeights } from './weights.js';

/** What can be told: releases of one Rollout, one after the other. */
export const STORY_GROUPS = ['canary', 'blue-green'] as const;

/** See {@link STORY_GROUPS}. */
export type StoryGroup = (typeof STORY_GROUPS)[number];

/** What the stories play on. */
export interface Stage {
  readonly cluster: Cluster;
  readonly rollouts: Rollouts;
}

/** How a release ends. */
type End = 'promoted' | 'rolled back';

const FIRST = 'good-1';
const RELEASES: readonly { readonly version: string; readonly end: End }[] = [
  { version: 'good-2', end: 'promoted' },
  { version: 'erroring', end: 'rolled back' },
  { version: 'slow', end: 'rolled back' },
  { version: 'good-3', end: 'promoted' },
];
/** Requests a second. */
const USERS = 100;
const PREVIEWERS = 30;
/** Share and weight may differ by so much, in points. */
const TOLERANCE = 2;
const RELEASE_MS = 120_000;

/** Versions of the sample service that there have to be images of. */
export const VERSIONS: readonly string[] = [FIRST, ...RELEASES.map(({ version }) => version)];

/** Tells the releases of a group, each in the world that the one before left behind. */
export async function tell(
  group: StoryGroup,
  { cluster, rollouts }: Stage,
  say: (line: string) => void,
): Promise<readonly StoryReport[]> {
  const app = group === 'canary' ? 'shop' : 'cart';
  const services = group === 'canary' ? ['stable', 'canary'] : ['active', 'preview'];
  const names = services.map((service) => `${app}-${service}`);
  for (const name of names) await post(cluster, '/api/v1', 'services', serviceOf(name, app));
  const routes = '/apis/gateway.networking.k8s.io/v1';
  const host = `${app}.example`;
  const preview = `preview.${host}`;
  if (group === 'canary') await post(cluster, routes, 'httproutes', routeOf(app, host, names));
  else {
    await post(cluster, routes, 'httproutes', routeOf(app, host, names.slice(0, 1)));
    await post(cluster, routes, 'httproutes', routeOf('preview', preview, names.slice(1)));
  }
  await rollouts.create(group === 'canary' ? canary(app, FIRST) : blueGreen(app, FIRST));
  await until(rollouts, app, 'the first version is healthy', ({ phase }) => phase === 'Healthy');
  await eventually('the gateway has the first version', async () => {
    const { version } = await firstAnswer(host);
    return version === FIRST ? true : undefined;
  });
  const users = startLoad(GATEWAY_URL, host, USERS);
  const reports: StoryReport[] = [];
  let before = FIRST;
  for (const { version, end } of RELEASES) {
    say(`${group}: ${version}`);
    const previewers = group === 'canary' ? undefined : startLoad(GATEWAY_URL, preview, PREVIEWERS);
    reports.push(
      await release({ group, app, before, version, end, users, previewers }, { cluster, rollouts }),
    );
    if (end === 'promoted') before = version;
  }
  await users.stop();
  return reports;
}

interface Release {
  readonly group: StoryGroup;
  readonly app: string;
  /** Version that has the requests until then. */
  readonly before: string;
  readonly version: string;
  readonly end: End;
  readonly users: Load;
  readonly previewers: Load | undefined;
}

async function release(story: Release, { cluster, rollouts }: Stage): Promise<StoryReport> {
  const { group, app, version, end, users, previewers } = story;
  const [from, startMs] = [users.answers.length, performance.now()];
  const { stableRS: stable = '' } = (await rollouts.read(app)).status ?? {};
  const weights = group === 'canary' ? watchWeights(cluster, app) : undefined;
  await rollouts.patch(app, { spec: { template: podsOf(app, version) } });
  const status = await until(
    rollouts,
    app,
    `${version} is released or not`,
    ({ phase, stableRS, currentPodHash }) =>
      phase === 'Degraded' || (phase === 'Healthy' && stableRS === currentPodHash && stableRS !== stable),
  );
  const seconds = (performance.now() - startMs) / 1000;
  await previewers?.stop();
  const endMs = Date.now();
  // Pods that serve no longer are ended while the users go on.
  const gone = status.phase === 'Degraded' ? status.currentPodHash : stable;
  await eventually(
    'the pods that serve no longer are gone',
    async () => {
      const selector = encodeURIComponent(`rollouts-pod-template-hash=${gone ?? ''}`);
      const pods = await cluster.call(
        'GET',
        `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`,
      );
      return (pods as { items: readonly unknown[] }).items.length === 0 ? true : undefined;
    },
    RELEASE_MS,
  );
  const seen = (await weights?.stop()) ?? [];
  const answers = users.answers.slice(from);
  const isBad = end === 'rolled back';
  const report = {
    ...{ group, version, seconds, end: status.phase === 'Degraded' ? 'rolled back' : 'promoted' },
    ...{ message: status.message ?? '', requests: servedBy(answers) },
    shares: sharesOf(version, answers, seen),
    badForMs: isBad ? (badForMs(version, answers) ?? null) : null,
    followedAfterMs: isBad ? (followedAfterMs(version, answers, seen) ?? null) : null,
    previewed: previewers === undefined ? null : servedBy(previewers.answers),
  };
  const afterwards = answers.filter(({ atMs }) => atMs > endMs + SETTLE_MS);
  return { ...report, faults: faultsOf(story, report, answers, afterwards) };
}

/** What was not as it should be. */
function faultsOf(
  { group, before, version, end }: Release,
  report: Omit<StoryReport, 'faults'>,
  answers: readonly Answer[],
  afterwards: readonly Answer[],
): readonly string[] {
  const isBad = end === 'rolled back';
  const failed = Object.entries(report.requests).filter(
    ([served, counts]) => counts.failed > 0 && !(isBad && served === version),
  );
  const strangers = Object.keys(servedBy(answers)).filter(
    (served) => served !== before && served !== version,
  );
  const late = afterwards.filter((answer) => answer.version === (isBad ? version : before)).length;
  const tested = group === 'canary' ? CANARY_WEIGHTS : [];
  const untold = tested.filter((weight) => !isBad && !report.shares.some((share) => share.weight === weight));
  return [
    ...(report.end === end ? [] : [`it was ${report.end}, and should have been ${end}: ${report.message}`]),
    ...failed.map(([served, counts]) => `${counts.failed} requests failed that ${served} answered`),
    ...strangers.map((served) => `${served} answered requests`),
    ...(late === 0 ? [] : [`${late} requests reached the wrong version afterwards`]),
    ...untold.map((weight) => `no share was measured at weight ${weight}`),
    ...report.shares
      .filter(({ weight, share }) => Math.abs(weight - share) > TOLERANCE)
      .map(({ weight, share }) => `at weight ${weight} the share was ${share.toFixed(1)}%`),
    ...(group === 'blue-green' && isBad && version in report.requests ? ['users reached the preview'] : []),
  ];
}

const post = (cluster: Cluster, group: string, resource: string, object: unknown): Promise<unknown> =>
  cluster.call('POST', `${group}/namespaces/${NAMESPACE}/${resource}`, object);

const until = (
  rollouts: Rollouts,
  app: string,
  what: string,
  isSo: (status: RolloutStatus) => boolean,
): Promise<RolloutStatus> => rollouts.until(app, what, isSo, RELEASE_MS);

async function firstAnswer(host: string): Promise<Answer> {
  const load = startLoad(GATEWAY_URL, host, USERS);
  const answer = await eventually('a request is answered', () => load.answers[0]);
  await load.stop();
  return answer;
}
