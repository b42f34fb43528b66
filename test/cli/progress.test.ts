import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { colorsWhen } from '../../service/cli/phase-style.js';
import { textWidth } from '../../service/cli/printable.js';
import { liveLines, type NextMove } from '../../service/cli/progress/live.js';
import { plainProgress } from '../../service/cli/progress/plain.js';
import { createReporter } from '../../service/cli/progress/reporter.js';
import { createPainter } from '../../service/cli/progress/repaint.js';
import { viewRun } from '../../service/cli/run-view.js';
import { numberOf, sparkline } from '../../service/cli/sparkline.js';
import { spanText } from '../../service/cli/time-text.js';
import { measurement, MIXED_RUN, runOf } from './fixtures/runs.js';

const plain = colorsWhen(false);
const startMs = Date.parse('2026-01-01T00:00:00Z');
const draw = (run: AnalysisRun, next: Record<string, NextMove>, columns = 100) =>
  liveLines(
    { run: viewRun(run), next: new Map(Object.entries(next)), nowMs: startMs + 5_000, columns },
    plain,
  );

describe('the live lines', () => {
  const run = runOf({}, [
    {
      name: 'latency',
      phase: 'Running',
      successful: 2,
      measurements: [measurement(1, { value: '[0.1]' }), measurement(3, { value: '[0.4]' })],
    },
    { name: 'errors', phase: 'Running', dryRun: true, measurements: [measurement(4, { phase: 'Running' })] },
  ]);

  it('show value, phase, history and when the next measurement comes', () => {
    const next = {
      latency: { kind: 'waiting', untilMs: startMs + 16_500 },
      errors: { kind: 'measuring' },
    } as const;
    expect(draw(run, next)).toEqual([
      '● latency  [0.4]             Running       ▁█          next in 12 s',
      '● errors   -                 Running       ·           measuring…, dry run',
      'shop/checkout Running, 5 s',
    ]);
  });

  it('are never wider than the terminal, whatever is in them', () => {
    for (const columns of [1, 20, 43, 80]) {
      for (const line of draw(MIXED_RUN, {}, columns))
        expect(textWidth(line)).toBeLessThan(Math.max(2, columns));
    }
  });

  it('count wide characters as the two columns they take', () => {
    const wide = runOf({}, [{ name: '遅延'.repeat(20), phase: 'Running' }]);
    for (const line of draw(wide, {}, 30)) expect(textWidth(line)).toBeLessThan(30);
    expect(textWidth('遅延')).toBe(4);
  });
});

describe('the plain lines', () => {
  it('tell each measurement once, numbered, and each decision once', () => {
    const follow = plainProgress();
    const first = measurement(1, { value: '[0.1]' });
    const second = measurement(2, { phase: 'Failed', value: '[0.9]', message: 'why' });
    const before = runOf({}, [{ name: 'm', phase: 'Running', successful: 1, measurements: [first] }]);
    const running = runOf({}, [
      {
        name: 'm',
        phase: 'Running',
        successful: 1,
        measurements: [first, measurement(2, { phase: 'Running' })],
      },
    ]);
    const after = runOf({}, [
      {
        name: 'm',
        phase: 'Failed',
        successful: 1,
        failed: 1,
        message: 'too many',
        measurements: [first, second],
      },
    ]);
    expect(follow(before)).toEqual(['2026-01-01T00:00:01.250Z  m #1  Successful  [0.1]']);
    expect(follow(running)).toEqual([]);
    expect(follow(after)).toEqual([
      '2026-01-01T00:00:02.250Z  m #2  Failed  [0.9]  why',
      '2026-01-01T00:00:02.250Z  m is Failed: too many',
    ]);
    expect(follow(after)).toEqual([]);
  });

  it('number measurements rightly when older ones are no longer retained', () => {
    const follow = plainProgress();
    const run = runOf({}, [{ name: 'm', phase: 'Running', successful: 12, measurements: [measurement(12)] }]);
    expect(follow(run)).toEqual(['2026-01-01T00:00:12.250Z  m #12  Successful']);
  });
});

describe('the painter', () => {
  const painted = () => {
    const written: string[] = [];
    const stream = { isTty: true, columns: 80, write: (text: string) => void written.push(text) };
    return { painter: createPainter(stream), written };
  };

  it('draws over what it drew before, and not at all when nothing changed', () => {
    const { painter, written } = painted();
    painter.paint(['a', 'b']);
    painter.paint(['a', 'b']);
    painter.paint(['c']);
    expect(written).toEqual(['\r\u001b[0Ja\nb\n', '\u001b[2A\r\u001b[0Jc\n']);
  });

  it('leaves nothing behind when cleared', () => {
    const { painter, written } = painted();
    painter.paint(['a']);
    painter.clear();
    painter.clear();
    expect(written.slice(1)).toEqual(['\u001b[1A\r\u001b[0J']);
  });
});

describe('a sparkline', () => {
  it.each`
    values                    | line
    ${[0, 1, 2, 3]}           | ${'▁▃▆█'}
    ${[5, 5]}                 | ${'▅▅'}
    ${[1, undefined, 2]}      | ${'▁·█'}
    ${[undefined, undefined]} | ${'··'}
    ${[]}                     | ${''}
  `('of $values is $line', ({ values, line }: { values: (number | undefined)[]; line: string }) => {
    expect(sparkline(values)).toBe(line);
  });

  it.each`
    value        | number
    ${'0.5'}     | ${0.5}
    ${'[0.5]'}   | ${0.5}
    ${'1e+21'}   | ${1e21}
    ${'[1,2]'}   | ${undefined}
    ${'[]'}      | ${undefined}
    ${''}        | ${undefined}
    ${'NaN'}     | ${undefined}
    ${'[+Inf]'}  | ${undefined}
    ${undefined} | ${undefined}
  `(
    'takes $value as $number',
    ({ value, number }: { value: string | undefined; number: number | undefined }) => {
      expect(numberOf(value)).toBe(number);
    },
  );
});

describe('a time span', () => {
  it.each`
    ms           | text
    ${850}       | ${'850 ms'}
    ${12_000}    | ${'12 s'}
    ${180_000}   | ${'3 min'}
    ${200_000}   | ${'3 min 20 s'}
    ${7_500_000} | ${'2 h 5 min'}
  `('of $ms ms reads $text', ({ ms, text }: { ms: number; text: string }) => {
    expect(spanText(ms)).toBe(text);
  });
});

describe('the reporter', () => {
  beforeEach(() => void vi.useFakeTimers({ now: startMs + 1_000 }));
  afterEach(() => void vi.useRealTimers());

  const reported = (isTty: boolean) => {
    const written: string[] = [];
    const stream = { isTty, columns: 100, write: (text: string) => void written.push(text) };
    return { written, reporter: createReporter(stream, plain, { nowMs: () => Date.now() }) };
  };
  const run = runOf({}, [
    { name: 'm', phase: 'Running', successful: 1, count: 1, measurements: [measurement(1, { value: '7' })] },
  ]);

  it('counts down on a terminal while nothing happens, and leaves no line behind', () => {
    const { written, reporter } = reported(true);
    reporter.update(run);
    expect(written.at(-1)).toContain('next in 9 s');
    vi.advanceTimersByTime(4_000);
    expect(written.at(-1)).toContain('next in 5 s');
    vi.advanceTimersByTime(5_000);
    expect(written.at(-1)).toContain('measuring…');
    reporter.end();
    expect(written.at(-1)).toBe('\u001b[2A\r\u001b[0J');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes a note above the lines that it draws over, where it stays', () => {
    const { written, reporter } = reported(true);
    reporter.update(run);
    reporter.note('the server is away');
    expect(written.slice(1, 3)).toEqual(['\u001b[2A\r\u001b[0J', 'the server is away\n']);
    expect(written.at(-1)).toContain('next in 9 s');
    reporter.end();
  });

  it('writes a line for each thing that happens elsewhere, and none for the time that passes', () => {
    const { written, reporter } = reported(false);
    reporter.update(run);
    vi.advanceTimersByTime(5_000);
    reporter.end();
    expect(written).toEqual(['2026-01-01T00:00:01.250Z  m #1  Successful  7\n']);
  });
});
