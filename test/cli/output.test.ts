import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { OUTPUT_FORMATS } from '../../service/cli/output/formats.js';
import { renderRun } from '../../service/cli/output/index.js';
import { colorsWhen } from '../../service/cli/phase-style.js';
import { measurement, MIXED_RUN, runOf } from './fixtures/runs.js';

const plain = colorsWhen(false);
const render = (format: (typeof OUTPUT_FORMATS)[number], run = MIXED_RUN) => renderRun(run, format, plain);

describe('the text report', () => {
  it('has a line a metric with counts, last value and history, why it is so, and the verdict with its reason', () => {
    expect(render('text')).toBe(
      [
        '✔  latency     Successful    2 of 2 successful  [0.4]  ▁█',
        '✖  error rate  Failed        0 of 1 successful, 1 failed  [0.5]',
        '     failed (1) > failureLimit (0)',
        '!  store       Error         0 of 1 successful, 1 error',
        '     Get "http://x": <EOF> & "more"',
        '?  unsure      Inconclusive  0 of 1 successful, 1 inconclusive  a | b',
        '✖  shadow      Failed        0 of 1 successful, 1 failed  7  (dry run)',
        '✖ shop/checkout Failed: rollback after 31 s',
        '  Metric "error rate" assessed Failed due to failed (1) > failureLimit (0)',
        '',
      ].join('\n'),
    );
  });

  it('shows escapes of a measured value instead of doing what they say', () => {
    const run = runOf({ phase: 'Running' }, [
      {
        name: 'm',
        phase: 'Successful',
        successful: 1,
        measurements: [measurement(1, { value: '\u001b[2J\nx', message: 'a\u202eb' })],
      },
    ]);
    const text = render('text', run);
    expect(text).toContain('\\u001b[2J\\nx');
    expect(text).toContain('a\\u202eb');
    expect(text).not.toContain('\u001b');
  });

  it('colours phases only when asked to', () => {
    expect(renderRun(MIXED_RUN, 'text', colorsWhen(true))).toContain('\u001b[31m✖');
    expect(render('text')).not.toContain('\u001b');
  });
});

describe('the outputs for programs', () => {
  it('are the AnalysisRun, in JSON', () => {
    expect(JSON.parse(render('json'))).toEqual(MIXED_RUN);
  });

  it('are the AnalysisRun, in YAML without anchors', () => {
    const shared = measurement(1);
    const run = runOf({}, [{ name: 'm', phase: 'Running', measurements: [shared, shared] }]);
    const text = render('yaml', run);
    expect(parse(text)).toEqual(run);
    expect(text).not.toMatch(/[&*]a\d/);
  });

  it('end with one line break, in every format', () => {
    for (const format of OUTPUT_FORMATS) expect(render(format)).toMatch(/[^\n]\n$/);
  });
});

describe('the JUnit report', () => {
  it('has a test case a metric: Failed and Inconclusive are failures, Error is an error, a dry run is skipped', () => {
    const report = render('junit');
    expect(report).toContain(
      '<testsuites name="assay" tests="5" failures="2" errors="1" skipped="1" time="30.500">',
    );
    expect(report).toContain('<testcase name="latency" classname="shop/checkout" time="10.250">');
    expect(report).toContain('<failure type="Failed" message="failed (1) &gt; failureLimit (0)"/>');
    expect(report).toContain(
      '<error type="Error" message="Get &quot;http://x&quot;: &lt;EOF&gt; &amp; &quot;more&quot;"/>',
    );
    expect(report).toContain('<failure type="Inconclusive" message="value a | b"/>');
    expect(report).toContain('<skipped message="dry run: Failed"/>');
    expect(report).toContain(
      '<system-out>2026-01-01T00:00:01.250Z Successful [0.1]&#10;2026-01-01T00:00:11.250Z Successful [0.4]</system-out>',
    );
  });

  it('has a test case for the run when no metric says why it is bad', () => {
    const report = render(
      'junit',
      runOf({ phase: 'Error', message: 'Analysis spec invalid: x', metricResults: [] }, [
        { name: 'm', phase: '' },
      ]),
    );
    expect(report).toContain('tests="2" failures="0" errors="1" skipped="1"');
    expect(report).toContain('<error type="Error" message="Analysis spec invalid: x"/>');
  });

  it('has no character that XML does not', () => {
    const report = render('junit', runOf({}, [{ name: 'a\u0000\u001b\ud800\uffffb', phase: 'Successful' }]));
    expect(report).toContain('name="a\ufffd\ufffd\ufffd\ufffdb"');
  });
});

describe('the Markdown report', () => {
  it('is a headline, the reason and a table', () => {
    expect(render('markdown').split('\n')).toEqual([
      '### shop/checkout: Failed: rollback',
      '',
      'Metric "error rate" assessed Failed due to failed (1) &#62; failureLimit (0)',
      '',
      '| Metric | Phase | Measurements | Last value | History | Message |',
      '| --- | --- | --- | --- | --- | --- |',
      '| latency | Successful | 2 of 2 successful | \\[0.4\\] | ▁█ |  |',
      '| error rate | Failed | 0 of 1 successful, 1 failed | \\[0.5\\] |  | failed (1) &#62; failureLimit (0) |',
      '| store | Error | 0 of 1 successful, 1 error |  |  | Get "http://x": &#60;EOF&#62; &#38; "more" |',
      '| unsure | Inconclusive | 0 of 1 successful, 1 inconclusive | a \\| b |  |  |',
      '| shadow (dry run) | Failed | 0 of 1 successful, 1 failed | 7 |  |  |',
      '',
      'Took 31 s.',
      '',
    ]);
  });
});

describe('the reports of a run that was ended early', () => {
  const run = runOf({ phase: 'Successful', verdict: 'promote', message: 'Run Terminated' }, [
    { name: 'm', phase: 'Successful' },
  ]);
  const early = (format: (typeof OUTPUT_FORMATS)[number]) =>
    renderRun(run, format, plain, 'timed out after 5m');

  it('say first that there is no verdict, whatever phase the run has', () => {
    expect(early('text')).toMatch(
      /^\? shop\/checkout no verdict: timed out after 5m.*\n {2}phase when it was ended: Successful: Run Terminated$/m,
    );
    expect(early('markdown')).toMatch(
      /^### shop\/checkout: no verdict: timed out after 5m\n\nPhase when it was ended: Successful: Run Terminated$/m,
    );
  });

  it('have no verdict in any format, and why in the object that programs read', () => {
    for (const format of OUTPUT_FORMATS) expect(early(format)).not.toContain('promote');
    expect(JSON.parse(early('json'))).toMatchObject({
      metadata: { annotations: { 'assay.dev/not-a-verdict': 'timed out after 5m' } },
      status: { phase: 'Successful' },
    });
  });

  it('have an error in JUnit, so that no pipeline turns green on it', () => {
    expect(early('junit')).toContain('tests="2" failures="0" errors="1"');
    expect(early('junit')).toContain('<error type="EndedEarly" message="timed out after 5m"/>');
  });
});
