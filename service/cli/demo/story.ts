import type { AnalysisTemplate, Measurement } from '../../../schemas/index.js';
import { type Colors, inPhaseColor, PHASE_SIGN } from '../phase-style.js';
import { printable } from '../printable.js';
import { numberOf } from '../sparkline.js';
import { CHECKS } from './checks.js';
import type { MetricSource } from './metric-source.js';
import type { Judgement } from './rollout.js';
import { type Experience, type Experiences, inTotal, SLOW_MS } from './users.js';

const BAR_WIDTH = 30;
const CONDITION_WIDTH = 'result[0] >= 0.95'.length;
const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));
const VALUE_WIDTH = 8;

/** Who gets which part of the traffic. */
export interface Traffic {
  readonly stable: string;
  readonly canary: string;
  readonly canaryPercent: number;
}

/** What is played. */
export function openingLines(requestsASecond: number, { bold }: Colors): readonly string[] {
  return [
    bold('Assay demo: is the new version good enough to go on?'),
    '',
    'On this machine only, without Kubernetes and Redis: a sample service, a weighted proxy in front of it, users with',
    `${requestsASecond} requests a second, an Assay, and a rollout that moves only when Assay's signed webhook says so.`,
    '',
  ];
}

/** Where measurements come from, and what is asked. */
export function questionLines({ description, template }: MetricSource, { dim }: Colors): readonly string[] {
  return [
    `Metrics from ${description}.`,
    ...CHECKS.map(({ name, meaning }) => {
      const condition = conditionOf(template, name).padEnd(CONDITION_WIDTH);
      return `  ${name.padEnd(NAME_WIDTH)}  ${condition}  ${dim(meaning)}`;
    }),
    '',
  ];
}

const conditionOf = ({ spec: { metrics = [] } }: AnalysisTemplate, metric: string): string =>
  metrics.find(({ name }) => name === metric)?.successCondition ?? '';

/** A bar of the traffic: the canary's part is full. */
export function trafficLine({ stable, canary, canaryPercent }: Traffic, { yellow, dim }: Colors): string {
  const full = Math.round((canaryPercent / 100) * BAR_WIDTH);
  const bar = `${yellow('█'.repeat(full))}${dim('░'.repeat(BAR_WIDTH - full))}`;
  return `traffic   ${bar}  canary ${canary} ${canaryPercent} %, stable ${stable} ${100 - canaryPercent} %`;
}

/** A measurement beside its condition in the template. */
export function measurementLine(
  metric: string,
  measurement: Measurement,
  template: AnalysisTemplate,
  colors: Colors,
): string {
  const { phase, message } = measurement;
  const parts = [
    `${PHASE_SIGN[phase]} ${printable(metric).padEnd(NAME_WIDTH)}`,
    shownValue(metric, measurement).padStart(VALUE_WIDTH),
    conditionOf(template, metric).padEnd(CONDITION_WIDTH),
    phase,
    ...(message === undefined || message === '' ? [] : [printable(message)]),
  ];
  return `measured  ${inPhaseColor(phase, parts.join('  '), colors)}`;
}

function shownValue(metric: string, { value }: Measurement): string {
  const check = CHECKS.find(({ name }) => name === metric);
  const number = numberOf(value);
  return number === undefined || check === undefined ? printable(value ?? '-') : check.show(number);
}

/** What the webhook said, and why. */
export function verdictLine({ verdict, phase, message, metrics }: Judgement, colors: Colors): string {
  const tallies = metrics.map(({ name, successful = 0, count = 0 }) => `${name} ${successful} of ${count}`);
  const why = message ?? tallies.join(', ');
  const said = inPhaseColor(phase, colors.bold(`${PHASE_SIGN[phase]} ${verdict}`), colors);
  return `webhook   ${said}, signature verified: ${phase}, ${printable(why)}`;
}

/** What users got while a version was rolled out. */
export function experienceLine(experiences: Experiences): string {
  const { requests, failed, slow } = inTotal(experiences);
  return `users     ${counted(requests)} requests, ${failed} failed (${percentage(failed, requests)}), ${slow} slow (over ${SLOW_MS} ms)`;
}

/** What became of the users of a canary that was taken back, and what would have become of all of them. */
export function sparedLines(
  experiences: Experiences,
  { canary, servedMs }: { readonly canary: string; readonly servedMs: number },
  { bold }: Colors,
): readonly string[] {
  const total = inTotal(experiences);
  const hit = experiences.get(canary) ?? { requests: 0, failed: 0, slow: 0 };
  const spared = atFullWeight(hit, total.requests);
  return [
    `${canary} had traffic for ${seconds(servedMs)}. In that time users sent ${counted(total.requests)} requests, ${hit.requests} of which it got:`,
    bold(`  ${total.failed} failed and ${total.slow} were slow.`),
    `Rolled out to everybody at once, as it was measured, it would have been`,
    bold(`  about ${counted(spared.failed)} failed and ${counted(spared.slow)} slow, and no end to it.`),
  ];
}

/** What `requests` requests would get if all of them went where those of the experience went. */
export function atFullWeight({ requests, failed, slow }: Experience, all: number): Experience {
  const scaled = (count: number): number => (requests === 0 ? 0 : Math.round((count / requests) * all));
  return { requests: all, failed: scaled(failed), slow: scaled(slow) };
}

/** What to do next. */
export function nextLines({ dim }: Colors): readonly string[] {
  const assay = 'node dist/service/main.js';
  return [
    `${dim('Check a template of yours:')}  ${assay} lint -f FILE`,
    `${dim('Measure a real service:   ')}  ${assay} run -f examples/success-rate.yaml --arg service=NAME --arg prometheus=URL`,
    `${dim('Everything else:          ')}  README.md`,
  ];
}

/** A time as it is told, e.g. `4.2 s`. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const counted = (count: number): string => count.toLocaleString('en-US');
const percentage = (part: number, whole: number): string =>
  `${(whole === 0 ? 0 : (part / whole) * 100).toFixed(1)} %`;
