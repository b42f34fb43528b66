import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  type PreparedMetric,
  prepareRun,
  resolveMetric,
  withSecrets,
} from '../../service/analysis/index.js';
import type { AnalysisRunSpec, Argument } from '../../schemas/index.js';
import { metricOf } from './objects.js';

const TOKEN: Argument = { name: 'token', valueFrom: { secretKeyRef: { name: 'web', key: 'token' } } };

function firstOf(spec: AnalysisRunSpec): PreparedMetric {
  const preparation = prepareRun(spec);
  if (!preparation.ok) throw new Error(preparation.message);
  const metric = preparation.run.metrics[0];
  if (metric === undefined) throw new Error('the run has no metrics');
  return metric;
}

/** Short to write only: what it stands for is written out when it is compiled. */
const HUGE_PATTERN = 'a{1000}'.repeat(600);
const url = (text: string) => metricOf({ provider: { web: { url: text } } });

describe('preparing a run', () => {
  it('fills in arguments and leaves the tags of secrets', () => {
    const args = [{ name: 'host', value: 'h' }, TOKEN];
    const prepared = firstOf({ metrics: [url('http://{{args.host}}/{{args.token}}')], args });
    expect(prepared.metric).toEqual(url('http://h/{{args.token}}'));
    expect(prepared.secretArgs).toEqual([{ name: 'token', secretKeyRef: { name: 'web', key: 'token' } }]);
  });

  it('puts secrets into the metric to measure with, in one pass: a value that looks like a tag stays as it is', () => {
    const args = [{ name: 'tricky', value: '{{args.token}}' }, TOKEN];
    const prepared = firstOf({ metrics: [url('{{args.tricky}} {{args.token}}')], args });
    expect(withSecrets(prepared, new Map([['token', 's3cr3t']]))).toEqual(url('{{args.token}} s3cr3t'));
  });

  it('refuses to measure without a secret', () => {
    const prepared = firstOf({ metrics: [url('{{args.token}}')], args: [TOKEN] });
    expect(() => withSecrets(prepared, new Map())).toThrow(
      new ArgumentError('argument "token" was not supplied'),
    );
  });

  it('matches dry-run and retention rules against resolved names; 0 keeps ten measurements', () => {
    const spec = {
      metrics: [metricOf({ name: 'm-{{args.x}}' }), metricOf({ name: 'n' })],
      args: [{ name: 'x', value: '1' }],
      dryRun: [{ metricName: '^m-1$' }],
      measurementRetention: [
        { metricName: 'n', limit: 3 },
        { metricName: 'm', limit: 0 },
      ],
    };
    const preparation = prepareRun(spec);
    expect(preparation).toMatchObject({
      ok: true,
      run: {
        metrics: [
          { dryRun: true, retention: 10 },
          { dryRun: false, retention: 3 },
        ],
      },
    });
  });

  it.each`
    spec                                                                      | message
    ${{ metrics: [] }}                                                        | ${'Analysis spec invalid: no metrics specified'}
    ${{ metrics: [metricOf({ interval: '{{args.i}}' })] }}                    | ${'Unable to resolve metric arguments: failed to resolve {{args.i}}'}
    ${{ metrics: [metricOf()], args: [{ name: 'unused' }] }}                  | ${'Unable to resolve metric arguments: argument "unused" was not supplied'}
    ${{ metrics: [metricOf({ interval: '1d' })] }}                            | ${'Analysis spec invalid: metrics[0]: invalid interval string: time: unknown unit "d" in duration "1d"'}
    ${{ metrics: [metricOf({ interval: '{{args.token}}' })], args: [TOKEN] }} | ${'Analysis spec invalid: metrics[0]: invalid interval string: time: invalid duration "temp-for-secret"'}
    ${{ metrics: [metricOf(), metricOf()] }}                                  | ${"Analysis spec invalid: metrics[1]: duplicate name 'm'"}
    ${{ metrics: [metricOf()], dryRun: [{ metricName: '*' }] }}               | ${"Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)"}
    ${{ metrics: [metricOf()], dryRun: [{ metricName: HUGE_PATTERN }] }}      | ${'Analysis spec invalid: dryRun: the rules are too many, or too large, to be matched with the metrics'}
  `('is refused with "$message"', ({ spec, message }: { spec: AnalysisRunSpec; message: string }) => {
    expect(prepareRun(spec)).toEqual({ ok: false, message });
  });

  test.prop([fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })])(
    'carries any printable value through unchanged, into texts and into keys',
    (value, other) => {
      const metric = metricOf({ provider: { plugin: { p: { ['k{{args.v}}']: 'a{{args.v}}b{{args.w}}' } } } });
      const args = [
        { name: 'v', value },
        { name: 'w', value: other },
      ];
      expect(resolveMetric(metric, args).provider.plugin).toEqual({
        p: { [`k${value}`]: `a${value}b${other}` },
      });
    },
  );

  test.prop([fc.jsonValue(), fc.string({ unit: 'binary' })])(
    'never fails but for its arguments',
    (json, value) => {
      const metric = metricOf({ provider: { plugin: { p: json, q: '{{args.v}}' } } });
      try {
        resolveMetric(metric, [{ name: 'v', value }]);
      } catch (error) {
        expect(error).toBeInstanceOf(ArgumentError);
      }
    },
  );
});
