import { describe, expect, it } from 'vitest';
import { metadataFaults } from '../../service/analysis/index.js';

const pathsOf = (metadata: Parameters<typeof metadataFaults>[0]) =>
  metadataFaults(metadata).map(({ path }) => path);
const long = (length: number) => 'a'.repeat(length);

describe('metadata as Kubernetes takes it', () => {
  it.each([
    ...[{}, { name: '', generateName: '', namespace: '' }, { name: 'checkout-7f9c.2' }],
    ...[{ name: long(253) }, { generateName: 'checkout-' }, { namespace: long(63) }],
    { labels: { app: '', 'app.kubernetes.io/name': 'Checkout_2.x', [long(63)]: long(63), 'a/B_c': '1' } },
    { annotations: { 'Assay.dev/callbacks': '[]\n', note: 'free text: äöü', 'a/B_c': '' } },
  ])('has no fault: %j', (metadata) => {
    expect(metadataFaults(metadata)).toEqual([]);
  });

  it.each([
    ...[
      'Checkout',
      'check_out',
      '-a',
      'a-',
      'a..b',
      'a/b',
      '../x',
      'a b',
      'ü',
      long(254),
      'a\nb',
      'a.-b',
    ].map((name) => [{ name }, 'metadata.name'] as const),
    ...['A-', '-', 'a_', 'a.-', long(253)].map(
      (generateName) => [{ generateName }, 'metadata.generateName'] as const,
    ),
    ...['Shop', 'a.b', '*', '../x', 'a-', long(64), 'shop\n'].map(
      (namespace) => [{ namespace }, 'metadata.namespace'] as const,
    ),
    ...['-x', 'x y', long(64), 'a/b', 'ü'].map(
      (app) => [{ labels: { app } }, 'metadata.labels.app'] as const,
    ),
    ...['', '/a', 'a/', 'A.b/c', 'a/b/c', long(64), 'a b', `a/${long(64)}`].map(
      (key) => [{ labels: { [key]: 'x' } }, `metadata.labels['${key}']`] as const,
    ),
    [{ annotations: { 'a b': 'x' } }, "metadata.annotations['a b']"],
    [{ annotations: { note: 'ä'.repeat(131_071) } }, 'metadata.annotations'],
  ] as const)('has a fault: %j', (metadata, path) => {
    const plain = path.replace(/\['([A-Za-z][\w]*)'\]$/, '.$1');
    expect(pathsOf(metadata)).toEqual([plain]);
  });

  it('tells every fault, and no value', () => {
    const faults = metadataFaults({
      name: 'HUNTER2',
      namespace: 'HUNTER2',
      labels: { a: 'HUNTER2!', b: '!' },
    });
    expect(faults.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'metadata.name must be at most 253 lower-case letters, digits, "-" and ".", such as checkout-7f9c',
      'metadata.namespace must be at most 63 lower-case letters, digits and "-", such as shop',
      ...['a', 'b'].map(
        (label) =>
          `metadata.labels.${label} must be at most 63 letters, digits, "-", "_" and "." that begin and end with a letter or digit`,
      ),
    ]);
  });
});
