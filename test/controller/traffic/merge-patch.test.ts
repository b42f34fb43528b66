import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { mergePatch, patchObject } from '../../../service/controller/traffic/merge-patch.js';
import type { Json } from '../../../service/controller/rollout/types.js';
import { merged } from './world.js';

/** Objects as the API server has them: without nulls. Few names, so that two of them share some. */
const { object } = fc.letrec<{ value: unknown; object: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(0, 1, '', 'a', true, false),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'constructor', '__proto__'), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
}));

describe('a merge patch', () => {
  test.prop([object, object])(
    'makes the one object of the other, and is none for the same',
    (before, after) => {
      const patch = mergePatch(before, after);
      expect(patch === undefined ? before : merged(before, patch)).toEqual(after);
      expect(mergePatch(after, after)).toBeUndefined();
    },
  );

  it('names the version that it was made from, and nothing that is not changed', () => {
    const ref = { group: 'g', version: 'v', resource: 'r', kind: 'K', namespace: 'n', name: 'x' };
    const event = { reason: 'r', message: 'm' };
    const before = {
      metadata: { resourceVersion: '7', labels: { a: 'b' } },
      spec: { list: [1, 2], kept: true },
    };
    const after = { ...before, spec: { list: [1], added: { x: 1 }, kept: true } };
    expect(patchObject(ref, before, after, event)).toEqual([
      {
        kind: 'patch',
        ref,
        patch: { metadata: { resourceVersion: '7' }, spec: { list: [1], added: { x: 1 } } },
        event,
      },
    ]);
    expect(patchObject(ref, before, before, event)).toEqual([]);
  });
});
