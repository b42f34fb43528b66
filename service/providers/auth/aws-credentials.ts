/** AWS credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Finds AWS credentials when they are needed; undefined: there are none. */
export type AwsCredentialsSource = () => Promise<AwsCredentials | undefined>;

/** Credentials of environment variables, under the names that AWS' own tools read. */
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
  return () => Promise.resolve(found);
}
