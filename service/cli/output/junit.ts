import { elapsedMs, latest, phaseWord, whyOf, type MetricView, type RunView } from '../run-view.js';

/**
 * The run as a JUnit report: a test case a metric. A metric that is not Successful is a failure or an error, one without
 * a clear answer included: a pipeline must not turn green on it. What does not decide (dry run) or was not measured
 * is skipped.
 */
export function junitReport(run: RunView): string {
  const cases = run.metrics.map((metric) => ({ metric, outcome: outcomeOf(metric) }));
  const whole = wholeRunOutcome(
    run,
    cases.map(({ outcome }) => outcome),
  );
  const outcomes = [...cases.map(({ outcome }) => outcome), ...(whole === undefined ? [] : [whole])];
  const count = (element: Outcome['element']): number =>
    outcomes.filter((outcome) => outcome.element === element).length;
  const totals =
    `tests="${outcomes.length}" failures="${count('failure')}" errors="${count('error')}" ` +
    `skipped="${count('skipped')}" time="${seconds(elapsedMs(run.startedAt, run.completedAt))}"`;
  const timestamp = run.startedAt === undefined ? '' : ` timestamp="${xml(run.startedAt)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="assay" ${totals}>`,
    `  <testsuite name="${xml(run.title)}" ${totals}${timestamp}>`,
    `    <properties><property name="phase" value="${xml(phaseWord(run.phase))}"/>` +
      `<property name="verdict" value="${xml(run.verdict ?? '')}"/></properties>`,
    ...cases.map(({ metric, outcome }) =>
      testCase(metric.name, run, outcome, metricSeconds(metric), measurementsText(metric)),
    ),
    ...(whole === undefined ? [] : [testCase('analysis run', run, whole, '0.000', '')]),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface Outcome {
  readonly element: 'passed' | 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
}

function outcomeOf(metric: MetricView): Outcome {
  const { phase, dryRun } = metric;
  const message = whyOf(metric) ?? '';
  const type = phaseWord(phase);
  if (phase === 'Successful') return { element: 'passed', type, message };
  if (dryRun)
    return { element: 'skipped', type, message: `dry run: ${type}${message === '' ? '' : `: ${message}`}` };
  const value = latest(metric)?.value;
  const measured = value === undefined || value === '' ? '' : `value ${value}`;
  const text = message === '' ? measured : message;
  if (phase === 'Failed') return { element: 'failure', type, message: text };
  if (phase === 'Inconclusive') return { element: 'failure', type, message: text };
  if (phase === 'Error') return { element: 'error', type, message: text };
  return { element: 'skipped', type, message: 'the run ended before this metric did' };
}

/** A run can end badly without a metric that did: an invalid spec, or the end of the time. */
function wholeRunOutcome(run: RunView, outcomes: readonly Outcome[]): Outcome | undefined {
  if (run.endedEarly !== undefined) return { element: 'error', type: 'EndedEarly', message: run.endedEarly };
  if (run.phase === 'Successful') return undefined;
  if (outcomes.some(({ element }) => element === 'failure' || element === 'error')) return undefined;
  const type = phaseWord(run.phase);
  const element = run.phase === 'Failed' || run.phase === 'Inconclusive' ? 'failure' : 'error';
  return { element, type, message: run.message ?? `the run ended ${type}` };
}

function testCase(name: string, run: RunView, outcome: Outcome, time: string, output: string): string {
  const open = `    <testcase name="${xml(name)}" classname="${xml(run.title)}" time="${time}">`;
  const { element, type, message } = outcome;
  const lines = [
    ...(element === 'passed'
      ? []
      : [
          element === 'skipped'
            ? `      <skipped message="${xml(message)}"/>`
            : `      <${element} type="${xml(type)}" message="${xml(message)}"/>`,
        ]),
    ...(output === '' ? [] : [`      <system-out>${xml(output)}</system-out>`]),
  ];
  return [open, ...lines, '    </testcase>'].join('\n');
}

const measurementsText = ({ measurements }: MetricView): string =>
  measurements
    .map(({ finishedAt, phase, value, message }) =>
      [finishedAt ?? '', phaseWord(phase), value ?? '', message ?? '']
        .filter((part) => part !== '')
        .join(' '),
    )
    .join('\n');

const metricSeconds = ({ measurements }: MetricView): string =>
  seconds(elapsedMs(measurements[0]?.startedAt, measurements.at(-1)?.finishedAt));

const seconds = (ms: number | undefined): string => ((ms ?? 0) / 1_000).toFixed(3);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** A text inside XML 1.0, which has no way at all to write most control characters or half of a surrogate pair. */
function xml(text: string): string {
  return text
    .replace(/[\p{Surrogate}\p{Noncharacter_Code_Point}]|(?![\t\n\r])\p{Control}/gu, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}
