import type { ApiDeps } from '../../service/api/index.js';

/** For tests in which no single measurement is asked for. */
export const notAsked: ApiDeps['measureOnce'] = () =>
  Promise.reject(new Error('no test of this file takes a single measurement'));
