import { describe, expect, it } from 'vitest';
import { prometheusTemplate, statsTemplate } from '../../../service/cli/demo/checks.js';
import { paced } from '../../../service/cli/demo/pace.js';
import {
  atFullWeight,
  experienceLine,
  measurementLine,
  openingLines,
  questionLines,
  sparedLines,
  trafficLine,
  verdictLine,
} from '../../../service/cli/demo/story.js';
import type { Measurement } from '../../../schemas/index.js';
import { colorsWhen } from '../../../service/cli/phase-style.js';

const plain = colorsWhen(false);
const template = prometheusTemplate('http://127.0.0.1:9090', paced(1));

describe('the story of the demo', () => {
  it.each([
    [0, '░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░', 'canary v2 0 %, stable v1 100 %'],
    [10, '███░░░░░░░░░░░░░░░░░░░░░░░░░░░', 'canary v2 10 %, stable v1 90 %'],
    [50, '███████████████░░░░░░░░░░░░░░░', 'canary v2 50 %, stable v1 50 %'],
    [100, '██████████████████████████████', 'canary v2 100 %, stable v1 0 %'],
  ])('shows a weight of %i % as a bar', (canaryPercent, bar, text) => {
    expect(trafficLine({ stable: 'v1', canary: 'v2', canaryPercent }, plain)).toBe(
      `traffic   ${bar}  ${text}`,
    );
  });

  it.each`
    metric            | measurement                                               | line
    ${'success-rate'} | ${{ phase: 'Successful', value: '[0.9958847736625515]' }} | ${'measured  ✔ success-rate    99.6 %  result[0] >= 0.95  Successful'}
    ${'latency-p95'}  | ${{ phase: 'Failed', value: '[0.7612]' }}                 | ${'measured  ✖ latency-p95     761 ms  result[0] <= 0.35  Failed'}
    ${'latency-p95'}  | ${{ phase: 'Error', message: 'connection\nrefused' }}     | ${'measured  ! latency-p95          -  result[0] <= 0.35  Error  connection\\nrefused'}
    ${'success-rate'} | ${{ phase: 'Failed', value: '[NaN]' }}                    | ${'measured  ✖ success-rate     [NaN]  result[0] >= 0.95  Failed'}
  `(
    'shows $measurement of $metric beside its condition',
    ({ metric, measurement, line }: { metric: string; measurement: Measurement; line: string }) => {
      expect(measurementLine(metric, measurement, template, plain)).toBe(line);
    },
  );

  it('tells the reason of a verdict: the message, or how many measurements were good', () => {
    const metrics = [
      { name: 'success-rate', phase: 'Successful', successful: 2, failed: 1, count: 3 },
      { name: 'latency-p95', phase: 'Successful', successful: 3, count: 3 },
    ] as const;
    expect(verdictLine({ verdict: 'promote', phase: 'Successful', metrics }, plain)).toBe(
      'webhook   ✔ promote, signature verified: Successful, success-rate 2 of 3, latency-p95 3 of 3',
    );
    expect(
      verdictLine(
        { verdict: 'rollback', phase: 'Failed', message: 'failed (2) > failureLimit (1)', metrics },
        plain,
      ),
    ).toBe('webhook   ✖ rollback, signature verified: Failed, failed (2) > failureLimit (1)');
  });

  it('adds up what the users of both versions got', () => {
    const experiences = new Map([
      ['v1', { requests: 4_000, failed: 19, slow: 0 }],
      ['v2', { requests: 96, failed: 1, slow: 3 }],
      ['', { requests: 1, failed: 1, slow: 0 }],
    ]);
    expect(experienceLine(experiences)).toBe(
      'users     4,097 requests, 21 failed (0.5 %), 3 slow (over 350 ms)',
    );
    expect(experienceLine(new Map())).toBe('users     0 requests, 0 failed (0.0 %), 0 slow (over 350 ms)');
  });

  it('tells what a full rollout would have meant, from what was measured', () => {
    const experiences = new Map([
      ['v2', { requests: 740, failed: 4, slow: 1 }],
      ['v3', { requests: 82, failed: 12, slow: 52 }],
    ]);
    expect(sparedLines(experiences, { canary: 'v3', servedMs: 4_060 }, plain)).toEqual([
      'v3 had traffic for 4.1 s. In that time users sent 822 requests, 82 of which it got:',
      '  16 failed and 53 were slow.',
      'Rolled out to everybody at once, as it was measured, it would have been',
      '  about 120 failed and 521 slow, and no end to it.',
    ]);
  });

  it('expects nothing of a version that nobody has used', () => {
    expect(atFullWeight({ requests: 0, failed: 0, slow: 0 }, 100)).toEqual({
      requests: 100,
      failed: 0,
      slow: 0,
    });
  });

  it('says where measurements come from, and the conditions as the template has them', () => {
    const source = { description: 'own numbers', template: statsTemplate(paced(1)), argsFor: () => [] };
    expect(questionLines(source, plain)).toEqual([
      'Metrics from own numbers.',
      '  success-rate  result >= 0.95     requests that did not end in a server error',
      '  latency-p95   result <= 0.35     seconds in which 95 of 100 requests are answered',
      '',
    ]);
  });

  it('uses colour only where it is wanted', () => {
    expect(openingLines(200, plain).join('\n')).not.toContain('\u001b');
    expect(openingLines(200, colorsWhen(true)).join('\n')).toContain('\u001b[1m');
  });
});
