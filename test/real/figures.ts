/** What became of a request of a user. */
export interface Answer {
  /** When it was sent. */
  readonly atMs: number;
  readonly tookMs: number;
  /** 0: there was none. */
  readonly status: number;
  /** Of the service that answered; undefined: none did. */
  readonly version?: string;
}

/** A weight of the canary in the route, and when it was first seen there. */
export interface SeenWeight {
  readonly atMs: number;
  readonly weight: number;
}

/** Of the requests while the canary had this weight, the share that it answered. Both in percent. */
export interface Share {
  readonly weight: number;
  readonly share: number;
  readonly requests: number;
}

/** Requests that a version answered, or nobody. */
export interface Served {
  readonly requests: number;
  /** Answered 5xx, or not at all. */
  readonly failed: number;
}

/** Who answers when no version does. */
export const NOBODY = 'nobody';

/** Answers that take longer are bad: what the story's analysis allows. */
export const SLOW_MS = 250;

/** The gateway may take so long to follow routes and pods. */
export const SETTLE_MS = 1_000;
/** The next weight may be in effect this long before it is seen. */
const MARGIN_MS = 200;
/** Of fewer requests a share tells nothing. */
const ENOUGH = 200;

const hasFailed = ({ status }: Answer): boolean => status === 0 || status >= 500;

/** Counts answers by who gave them. */
export function servedBy(answers: readonly Answer[]): Readonly<Record<string, Served>> {
  const served: Record<string, Served> = {};
  for (const answer of answers) {
    const { requests, failed } = served[answer.version ?? NOBODY] ?? { requests: 0, failed: 0 };
    served[answer.version ?? NOBODY] = {
      requests: requests + 1,
      failed: failed + (hasFailed(answer) ? 1 : 0),
    };
  }
  return served;
}

/** Shares of a version at each weight that lasted long enough to tell, but for 0. */
export function sharesOf(
  version: string,
  answers: readonly Answer[],
  weights: readonly SeenWeight[],
): readonly Share[] {
  return weights.flatMap(({ atMs, weight }, index) => {
    const endMs = (weights[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) - MARGIN_MS;
    const during = answers.filter((answer) => answer.atMs >= atMs + SETTLE_MS && answer.atMs < endMs);
    if (weight === 0 || during.length < ENOUGH) return [];
    const own = during.filter((answer) => answer.version === version).length;
    return [{ weight, share: (own / during.length) * 100, requests: during.length }];
  });
}

/** Time from when the first bad answer of a version came to when the last request was sent that reached it, ms. */
export function badForMs(version: string, answers: readonly Answer[]): number | undefined {
  const own = answers.filter((answer) => answer.version === version);
  const bad = own.filter((answer) => hasFailed(answer) || answer.tookMs >= SLOW_MS);
  if (bad.length === 0) return undefined;
  const first = Math.min(...bad.map(({ atMs, tookMs }) => atMs + tookMs));
  return Math.max(0, ...own.map(({ atMs }) => atMs - first));
}

/** Time from when the canary had no weight in the route any more to when the last request was sent that reached it, ms. */
export function followedAfterMs(
  version: string,
  answers: readonly Answer[],
  weights: readonly SeenWeight[],
): number | undefined {
  const last = weights.at(-1);
  if (last?.weight !== 0) return undefined;
  const own = answers.filter((answer) => answer.version === version);
  return Math.max(0, ...own.map(({ atMs }) => atMs - last.atMs));
}
