import { ProviderError } from '../provider-error.js';

/** AWS credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Whose credentials a request is to be signed with. */
export interface AwsIdentity {
  /** Region of the service that is asked, and of the token service (STS) that gives a role's credentials. */
  readonly region: string;
  /** A profile of the shared AWS configuration. Absent: whoever this process is. */
  readonly profile?: string;
  /** A role to assume first. */
  readonly roleArn?: string;
}

/**
 * Finds AWS credentials when they are needed; undefined: there are none. Rejects with `ProviderError`
 * (`unauthorized`, `invalidSpec`) when those asked for can not be had: others never take their place.
 */
export type AwsCredentialsSource = (identity: AwsIdentity) => Promise<AwsCredentials | undefined>;

/** Credentials of environment variables only, under the names that AWS' own tools read; no profiles, no roles. */
export function environmentCredentials(
  env: Readonly<Record<string, string | undefined>>,
): AwsCredentialsSource {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] || env['AWS_ACCESS_KEY'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] || env['AWS_SECRET_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const found =
    accessKeyId && secretAccessKey
      ? { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
      : undefined;
  return ({ profile, roleArn }) => {
    const other = profile === undefined ? (roleArn === undefined ? undefined : 'roles') : 'profiles';
    return other === undefined
      ? Promise.resolve(found)
      : Promise.reject(new ProviderError('unauthorized', `the environment has credentials, but no ${other}`));
  };
}
