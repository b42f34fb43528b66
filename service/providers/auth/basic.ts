import type { BasicAuth } from '../../../schemas/index.js';
import { ProviderError } from '../provider-error.js';

/** The `Authorization` of basic authentication. */
export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * The `Authorization` that a spec's `basicAuth` asks for; undefined: none is set, as with neither user nor password.
 * @throws ProviderError (`invalidSpec`) when the user name or the password is missing.
 */
export function basicAuthOf(auth: BasicAuth | undefined): string | undefined {
  const { username = '', password = '' } = auth ?? {};
  if (username === '' && password === '') return undefined;
  if (username === '' || password === '') {
    const missing = username === '' ? 'username' : 'password';
    throw new ProviderError(
      'invalidSpec',
      `missing mandatory parameter in metric for basic auth setup: ${missing}`,
    );
  }
  return basicAuthorization(username, password);
}
