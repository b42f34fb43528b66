import { describe, expect, it } from 'vitest';
import type { AnalysisRun, Callback } from '../../schemas/index.js';
import { separateCallbacks } from '../../service/delivery/index.js';

const run = (annotation?: unknown, more: Readonly<Record<string, string>> = {}): AnalysisRun => ({
  metadata: {
    name: 'checkout',
    annotations: {
      ...more,
      ...(annotation === undefined
        ? {}
        : {
            'assay.dev/callbacks': typeof annotation === 'string' ? annotation : JSON.stringify(annotation),
          }),
    },
  },
  spec: { metrics: [] },
});
const PLACE = "metadata.annotations['assay.dev/callbacks']";
const url = 'https://receiver/hook';

describe('callbacks', () => {
  it('are those of the request and of the annotation, which is taken away', () => {
    const callback: Callback = { url, headers: { Authorization: 'Bearer t' }, secretRef: { name: 's' } };
    const separated = separateCallbacks(run([callback], { team: 'shop' }), [
      { url, events: ['measurement'] },
    ]);
    expect(separated).toEqual({
      run: { metadata: { name: 'checkout', annotations: { team: 'shop' } }, spec: { metrics: [] } },
      callbacks: [{ url, events: ['measurement'] }, callback],
      faults: [],
    });
    expect(separateCallbacks(run([callback])).run.metadata).toEqual({ name: 'checkout' });
  });

  it('are not shown in what kubectl repeats of the object either', () => {
    const callback: Callback = { url, headers: { Authorization: 'Bearer t' } };
    const applied = JSON.stringify(run([callback]));
    for (const asked of [[callback], undefined]) {
      const copied = run(asked, {
        team: 'shop',
        'kubectl.kubernetes.io/last-applied-configuration': applied,
      });
      const separated = separateCallbacks(copied);
      expect(separated.run.metadata?.annotations).toEqual({ team: 'shop' });
      expect(separated.callbacks).toEqual(asked ?? []);
    }
  });

  it('are none for a run without any, which stays as it is', () => {
    const plain = run();
    expect(separateCallbacks(plain)).toEqual({ run: plain, callbacks: [], faults: [] });
  });

  it.each([
    ['[{', PLACE, 'must be a JSON array of callbacks'],
    [{ url }, PLACE, 'must be a list'],
    [[{ uri: url }], `${PLACE}[0].uri`, 'did you mean `url`?'],
    [[{ url: 'receiver/hook' }], `${PLACE}[0].url`, 'must be an absolute http or https URL'],
    [[{ url: 'ftp://receiver' }], `${PLACE}[0].url`, 'must be an absolute http or https URL'],
    [[{ url: 'http:///foo' }], `${PLACE}[0].url`, 'must be an absolute http or https URL'],
    [[{ url: 'http://me@/foo' }], `${PLACE}[0].url`, 'must be an absolute http or https URL'],
    [[{ url: 'http://us%er:p%zz@h/' }], `${PLACE}[0].url`, 'has a user or password with a %'],
    [[{ url, events: ['verdicts'] }], `${PLACE}[0].events[0]`, 'verdict'],
    [[{ url, events: [] }], `${PLACE}[0].events`, 'names no event: leave it out for the verdict'],
    [[{ url, secretRef: { name: '' } }], `${PLACE}[0].secretRef.name`, 'must not be empty'],
    [
      [{ url, headers: { 'Webhook-Id': 'x' } }],
      `${PLACE}[0].headers['Webhook-Id']`,
      'Webhook-Id is set by Assay',
    ],
    [
      [{ url, headers: [{ key: 'content-type', value: 'x' }] }],
      `${PLACE}[0].headers[0]`,
      'content-type is set by Assay',
    ],
    [[{ url, headers: { 'a b': 'x' } }], `${PLACE}[0].headers['a b']`, 'is no name of a header'],
    [[{ url, headers: { a: 'x\r\ny' } }], `${PLACE}[0].headers['a']`, 'the value has a control character'],
    [[{ url, headers: { a: 'x', A: 'y' } }], `${PLACE}[0].headers['A']`, 'A is given twice'],
    [Array(11).fill({ url }), PLACE, '11 callbacks: at most 10 are possible'],
  ])('%j is a fault at %s: %s', (annotation, path, message) => {
    const { faults } = separateCallbacks(run(annotation));
    expect(faults).toHaveLength(1);
    expect(faults[0]?.path).toBe(path);
    expect(faults[0]?.message).toContain(message);
  });

  it('of a request have their own paths', () => {
    expect(separateCallbacks(run(), [{ url }, { url: '/hook' }]).faults).toEqual([
      { path: 'callbacks[1].url', message: 'must be an absolute http or https URL' },
    ]);
    expect(separateCallbacks(run(), Array<Callback>(11).fill({ url })).faults).toEqual([
      { path: 'callbacks', message: '11 callbacks: at most 10 are possible' },
    ]);
  });

  it('never show a value in a fault', () => {
    const secret = 'hunter2';
    const faults = [
      `[{"url": "${secret}`,
      [{ url: `ftp://user:${secret}@x/?t=${secret}` }],
      [{ url, headers: { a: `${secret}\n` } }],
    ].map((annotation) => separateCallbacks(run(annotation)).faults);
    expect(faults.flat()).toHaveLength(3);
    expect(JSON.stringify(faults)).not.toContain(secret);
  });
});
