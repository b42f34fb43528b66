import { expect, it } from 'vitest';
import type { ApiRequest } from '../../service/providers/kubernetes/kubernetes-api.js';
import { createTokenReview } from '../../service/providers/kubernetes/token-review.js';

/** What a real API server answers is in test/api/auth/kubernetes-tokens.built.test.ts; here is what others may. */
const review = (answer: unknown, asked: ApiRequest[] = []) =>
  createTokenReview({
    request(request) {
      asked.push(request);
      return Promise.resolve(answer);
    },
  })('t0k3n', ['assay']);
const user = { username: 'system:serviceaccount:shop:deployer', groups: ['g', 7] };

it('asks for the audiences, and takes name and groups', async () => {
  const asked: ApiRequest[] = [];
  const status = { authenticated: true, audiences: ['other', 'assay'], user };
  expect(await review({ status }, asked)).toEqual({ user: { name: user.username, groups: ['g'] } });
  expect(asked).toMatchObject([
    {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { kind: 'TokenReview', spec: { token: 't0k3n', audiences: ['assay'] } },
    },
  ]);
});

it.each([
  ['is not authenticated', { authenticated: false, error: 'expired', user, audiences: ['assay'] }, 'expired'],
  ['says nothing of it', { user, audiences: ['assay'] }, undefined],
  ['says it as a text', { authenticated: 'true', user, audiences: ['assay'] }, undefined],
  [
    'has no audiences, as of a server that knows none',
    { authenticated: true, user },
    'the token is for another audience',
  ],
  ['is for others', { authenticated: true, user, audiences: ['other'] }, 'the token is for another audience'],
  ['names nobody', { authenticated: true, user: {}, audiences: ['assay'] }, 'the token is nobody’s'],
])('is nobody’s when the answer %s', async (_what, status, reason) => {
  expect(await review({ status })).toEqual(reason === undefined ? {} : { reason });
});

it('is not judged by an answer that is no TokenReview', async () => {
  await expect(review({ kind: 'Status' })).rejects.toThrow('answered a TokenReview without a status');
});
