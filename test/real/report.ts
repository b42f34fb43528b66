import { NOBODY, type Served, type Share } from './figures.js';

/** What was seen of a release. */
export interface StoryReport {
  readonly group: string;
  readonly version: string;
  readonly end: string;
  /** Of the rollout at its end. */
  readonly message: string;
  /** From the change of the image to that end. */
  readonly seconds: number;
  /** Requests of users by the version that answered. */
  readonly requests: Readonly<Record<string, Served>>;
  readonly shares: readonly Share[];
  /** From the first bad answer to the last request that reached the version; null: no answer was bad. */
  readonly badForMs: number | null;
  /** From when it had no weight in the route any more to that last request; null: it was not taken back, or there is no route with weights. */
  readonly followedAfterMs: number | null;
  /** Requests to the preview; null: there is none. */
  readonly previewed: Readonly<Record<string, Served>> | null;
  /** What was not as it should be. */
  readonly faults: readonly string[];
}

/** A release, in lines for people. */
export function linesOf(report: StoryReport): readonly string[] {
  const {
    group,
    version,
    end,
    seconds,
    message,
    requests,
    shares,
    badForMs,
    followedAfterMs,
    previewed,
    faults,
  } = report;
  const shared = shares.map(
    ({ weight, share, requests: count }) => `${weight}% was ${share.toFixed(2)}% of ${count}`,
  );
  return [
    `${faults.length === 0 ? 'passed' : 'FAILED'}  ${group}: ${version} was ${end} after ${seconds.toFixed(1)} s${message === '' ? '' : ` (${message})`}`,
    `        requests   ${countsOf(requests)}`,
    ...(previewed === null ? [] : [`        preview    ${countsOf(previewed)}`]),
    ...(shared.length === 0 ? [] : [`        weights    ${shared.join(', ')}`]),
    ...(badForMs === null
      ? []
      : [
          `        bad for    ${(badForMs / 1000).toFixed(2)} s, from its first bad answer to the last request it had`,
        ]),
    ...(followedAfterMs === null
      ? []
      : [`        gateway    sent it nothing ${followedAfterMs} ms after the route had no weight for it`]),
    ...faults.map((fault) => `        FAULT      ${fault}`),
  ];
}

/** All releases in one line. */
export function summaryOf(reports: readonly StoryReport[]): string {
  const faulty = reports.filter(({ faults }) => faults.length > 0).length;
  const sum = (ofEach: (report: StoryReport) => number): number =>
    reports.reduce((total, report) => total + ofEach(report), 0);
  const all = sum(({ requests }) => totalOf(requests, 'requests'));
  const failed = sum(({ requests }) => totalOf(requests, 'failed'));
  const own = sum(({ end, version, requests }) =>
    end === 'rolled back' ? (requests[version]?.failed ?? 0) : 0,
  );
  return `${reports.length - faulty} of ${reports.length} releases went as they should; of ${all} requests ${own} failed at bad versions, and ${failed - own} others`;
}

const totalOf = (served: Readonly<Record<string, Served>>, what: keyof Served): number =>
  Object.values(served).reduce((total, counts) => total + counts[what], 0);

const countsOf = (served: Readonly<Record<string, Served>>): string =>
  Object.entries(served)
    .map(([version, { requests, failed }]) => {
      const failures = failed === 0 ? '' : ` (${failed} failed)`;
      return `${version === NOBODY ? 'no version' : version} ${requests}${failures}`;
    })
    .join(', ');
