import type { ProviderErrorCode } from '../provider-error.js';

/** The code of an error for an answer whose status is not a good one. */
export function codeOfStatus(status: number): ProviderErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  return status === 429 ? 'rateLimited' : 'badResponse';
}
