import type { KayentaMetric, KayentaScope, KayentaScopeDetail } from '../../../schemas/index.js';
import { GoDurationError, parseGoDuration, quote } from '../../condition/index.js';
import type { MeasureContext } from '../provider.js';
import { ProviderError } from '../provider-error.js';

const NS_PER_MS = 1e6;

/** One side of a comparison as Kayenta takes it. Times are RFC 3339 in whole seconds. */
interface ScopeRequest {
  readonly scope: string;
  readonly location: string;
  readonly step: number;
  readonly start: string;
  readonly end: string;
}

/** A pair of scopes as Kayenta takes it. */
interface ScopePair {
  readonly controlScope: ScopeRequest;
  readonly experimentScope: ScopeRequest;
}

/**
 * The pairs of scopes by name; of several with one name the last counts. Without times of its own a pair is measured
 * from the interval of the metric, or with `lookback` from the start of the run, up to now.
 * @throws ProviderError (`invalidSpec`)
 */
export function scopesOf(
  { scopes, lookback = false }: KayentaMetric,
  context: MeasureContext,
): Readonly<Record<string, ScopePair>> {
  return Object.fromEntries(scopes.map((pair) => [pair.name, pairOf(pair, lookback, context)]));
}

function pairOf(
  { controlScope, experimentScope }: KayentaScope,
  lookback: boolean,
  context: MeasureContext,
): ScopePair {
  for (const end of ['start', 'end'] as const) {
    if (!controlScope[end] !== !experimentScope[end])
      throw invalid(`controlScope.${end} and experimentScope.${end} must both be set or be empty`);
  }
  const start = controlScope.start ? '' : moment(lookback ? startOfRun(context) : intervalAgo(context));
  const end = moment(context.clock.nowMs());
  const request = (side: KayentaScopeDetail): ScopeRequest => ({
    scope: side.scope,
    location: side.region,
    step: side.step,
    start: side.start || start,
    end: side.end || end,
  });
  return { controlScope: request(controlScope), experimentScope: request(experimentScope) };
}

function startOfRun({ run }: MeasureContext): number {
  if (run.startedAtMs === undefined) throw invalid('lookback needs a run that has started');
  return run.startedAtMs;
}

function intervalAgo({ interval = '', clock }: MeasureContext): number {
  try {
    return clock.nowMs() - Number(parseGoDuration(interval)) / NS_PER_MS;
  } catch (error) {
    if (!(error instanceof GoDurationError)) throw error;
    throw invalid(`Invalid duration ${quote(interval)}: ${error.message}`, error);
  }
}

const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const invalid = (message: string, cause?: Error): ProviderError =>
  new ProviderError('invalidSpec', message, { cause });
