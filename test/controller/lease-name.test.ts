import { expect, it } from 'vitest';
import { leaseName } from '../../service/controller/lease-name.js';

it.each`
  namespace    | instanceId   | name
  ${undefined} | ${undefined} | ${'assay-controller'}
  ${undefined} | ${'blue'}    | ${'assay-controller-blue'}
  ${undefined} | ${'Blue'}    | ${'assay-controller-blue-ec7d56a0'}
  ${'a'}       | ${undefined} | ${'a.assay-controller'}
  ${'b'}       | ${undefined} | ${'b.assay-controller'}
  ${'b'}       | ${'blue'}    | ${'b.assay-controller-blue'}
  ${undefined} | ${'b.blue'}  | ${'assay-controller-b.blue'}
  ${undefined} | ${'b_blue'}  | ${'assay-controller-b-blue-84bbecf4'}
  ${undefined} | ${'b..blue'} | ${'assay-controller-b-blue-d4119101'}
`(
  'the lease of the instance $instanceId in namespace $namespace is $name',
  ({ namespace, instanceId, name }: { namespace?: string; instanceId?: string; name: string }) => {
    expect(
      leaseName({
        ...(namespace === undefined ? {} : { namespace }),
        ...(instanceId === undefined ? {} : { instanceId }),
      }),
    ).toBe(name);
  },
);

it('no name is longer than an object may have', () => {
  expect(leaseName({ namespace: 'n'.repeat(63), instanceId: 'i'.repeat(63) }).length).toBeLessThan(253);
});
