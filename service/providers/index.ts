/** The door of `providers/`: metric stores, the client they share, and the taking of one measurement. */
export {
  type AwsCredentials,
  type AwsCredentialsSource,
  environmentCredentials,
} from './auth/aws-credentials.js';
export type { HttpClient, HttpRequest, HttpResponse, TlsOptions } from './http/http.js';
export * from './provider.js';
export { ProviderError, type ProviderErrorCode } from './provider-error.js';
export { createRegistry, type ProviderOf, type ProviderRegistry, type ProviderSet } from './registry.js';
export { createFileSecrets, noSecrets, type SecretReader } from './secrets.js';
