import type { ProviderConfigs, SourcedText } from '../../../schemas/index.js';
import type { Config } from '../../platform/index.js';
import type { FileSecretsOptions } from '../file-secrets.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that names a file of the service: a setting, or a secret setting with `_FILE`. */
const FILE_VARIABLE = /^ASSAY_[A-Z_]+_FILE$|^(?:ASSAY_JOB_)?KUBECONFIG$/;

/** Files and secrets that are the service's own, by its settings and the configuration of its servers. */
export function ownSecretsOf(
  { tokensFile, caFile, redisCaFile, providersFile, kubeconfig, jobKubeconfig }: Config,
  { providers = [] }: ProviderConfigs,
  env: Environment,
): Required<Pick<FileSecretsOptions, 'ownFiles' | 'ownSecrets'>> {
  const texts = providers.flatMap(({ headers = [], authentication = {} }): (SourcedText | undefined)[] => [
    ...headers,
    authentication.basicAuth?.password,
    authentication.bearer,
    authentication.oauth2?.clientSecret,
  ]);
  const named = Object.entries(env).flatMap(([name, value]) => (FILE_VARIABLE.test(name) ? [value] : []));
  const settings = [tokensFile, caFile, redisCaFile, providersFile, kubeconfig, jobKubeconfig];
  const certificates = providers.flatMap((each) => [each.caFile, each.certFile, each.keyFile]);
  const files = [...named, ...settings, ...certificates, ...texts.map((text) => text?.file)];
  return {
    ownFiles: [...new Set(files.flatMap((file) => (file === undefined || file === '' ? [] : [file])))],
    ownSecrets: texts.flatMap((text) =>
      text?.secretKeyRef === undefined
        ? []
        : [{ namespace: text.namespace ?? 'default', name: text.secretKeyRef.name }],
    ),
  };
}
