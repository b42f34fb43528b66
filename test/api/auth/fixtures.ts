import { createHash } from 'node:crypto';
import type { AnalysisRun, Scope } from '../../../schemas/index.js';
import { readAccess } from '../../../service/api/auth/access-file.js';
import { createAuthenticate } from '../../../service/api/auth/authenticate.js';
import { metric } from '../../engine/fixtures.js';

/** SHA-256 of a token, as the file has it. */
export const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A token of a file; its text is its name. */
export const token = (
  name: string,
  scopes: readonly Scope[],
  namespaces: readonly string[],
  fields = {},
) => ({
  ...{ name, sha256: sha256(name), scopes, namespaces },
  ...fields,
});

/** No issuer is asked in tests with this. */
export const noHttp = {
  request: () => Promise.reject(new Error('no test of this file asks an issuer')),
};

/** Tells who has the tokens of a file. */
export const authenticateWith = (file: object, nowMs = () => Date.now()) => {
  const access = readAccess(JSON.stringify(file), 'tokens.json');
  return createAuthenticate({ access: () => access, http: noHttp, nowMs });
};

/** A run that goes on. */
export const runIn = (namespace: string, name = 'checkout'): AnalysisRun => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisRun',
  metadata: { name, namespace },
  spec: { metrics: [metric('slow', { interval: '1h', initialDelay: '1h' })] },
});
