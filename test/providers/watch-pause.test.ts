import { expect, it } from 'vitest';
import { KubernetesError } from '../../service/providers/kubernetes/kubernetes-error.js';
import { pauseAfter } from '../../service/providers/kubernetes/watch-pause.js';

it.each`
  what                                      | error                                                    | last
  ${'a server that is not there'}           | ${new KubernetesError('unreachable', 'ECONNREFUSED')}    | ${2_000}
  ${'one that does not answer'}             | ${new KubernetesError('timeout', 'no answer in time')}   | ${2_000}
  ${'one that refuses'}                     | ${new KubernetesError('unauthorized', 'forbidden', 403)} | ${10_000}
  ${'one that credentials are missing for'} | ${new KubernetesError('unauthorized', 'no credentials')} | ${10_000}
  ${'a list that is too large'}             | ${new KubernetesError('tooLarge', 'more than 64 MiB')}   | ${10_000}
  ${'an object that can not be read'}       | ${new TypeError('not an object')}                        | ${10_000}
`('$what is asked again soon, and then every $last ms', ({ error, last }) => {
  const pauses = Array.from({ length: 4 }, (_, failures) => pauseAfter(error, failures));
  expect(pauses).toEqual([250, 500, 1_000, 2_000]);
  expect(pauseAfter(error, 2_000)).toBe(last);
});
