import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/index.js';
import type { HttpClient } from '../http/http.js';
import { ProviderError, errorText } from '../provider-error.js';
import {
  type AwsCredentials,
  type AwsCredentialsSource,
  type AwsIdentity,
  environmentCredentials,
} from './aws-credentials.js';
import { awsRequestHandler } from './aws-request-handler.js';

/** What {@link chainCredentials} needs. */
export interface AwsChainDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** URL of the token service. Absent: AWS' own for the region. */
  readonly stsEndpoint?: string;
}

/** Credentials are renewed this long before they end, in ms: AWS' own clients do so. */
const EXPIRY_MARGIN_MS = 5 * 60_000;
/** How long credentials without an end are kept: files and variables may change. */
const KEEP_MS = 60_000;
/** How long it is remembered that credentials could not be had: a machine without any is slow to say so. */
const KEEP_FAILURE_MS = 5_000;
const MAX_IDENTITIES = 100;

const REGION = /^[a-z0-9-]{1,40}$/;
const PROFILE = /^[\w.@/+= -]{1,128}$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,1024}$/;

/**
 * Credentials as AWS' own clients find them: environment variables, the profile of the shared configuration (single
 * sign-on, processes and source profiles included), web identity (IRSA), containers (Pod Identity, ECS), the machine.
 * With a role, that role is assumed with them. AWS' library does this; it is loaded when something else than variables
 * is needed. The token service is asked through `http`, so egress rules, proxy and limits hold for it; the library asks
 * containers and the machine for credentials itself: their addresses are AWS' and no spec can name them.
 */
export function chainCredentials(deps: AwsChainDeps): AwsCredentialsSource {
  const { env, clock } = deps;
  const fromEnvironment = environmentCredentials(env);
  const known = new LRUCache<string, Known>({ max: MAX_IDENTITIES });
  return (identity) => {
    const key = JSON.stringify([identity.region, identity.profile, identity.roleArn]);
    const found = known.get(key);
    if (found && clock.nowMs() < found.untilMs) return found.credentials;
    const entry: Known = { credentials: find(), untilMs: Number.POSITIVE_INFINITY };
    known.set(key, entry);
    return entry.credentials;

    async function find(): Promise<AwsCredentials | undefined> {
      try {
        const { expiration, ...credentials } = await credentialsOf(identity, deps, fromEnvironment);
        const endMs = expiration?.getTime();
        entry.untilMs = endMs === undefined ? clock.nowMs() + KEEP_MS : endMs - EXPIRY_MARGIN_MS;
        return credentials;
      } catch (error) {
        entry.untilMs = clock.nowMs() + KEEP_FAILURE_MS;
        throw error;
      }
    }
  };
}

interface Known {
  readonly credentials: Promise<AwsCredentials | undefined>;
  untilMs: number;
}

interface Expiring extends AwsCredentials {
  readonly expiration?: Date;
}

async function credentialsOf(
  identity: AwsIdentity,
  deps: AwsChainDeps,
  fromEnvironment: AwsCredentialsSource,
): Promise<Expiring> {
  check(identity);
  const { region, profile, roleArn } = identity;
  const ownProfile = profile ?? (deps.env['AWS_PROFILE'] || undefined);
  try {
    const own = ownProfile === undefined ? await fromEnvironment({ region }) : undefined;
    if (own !== undefined && roleArn === undefined) return own;

    const aws = await import('@aws-sdk/credential-providers');
    const clientConfig = {
      region,
      requestHandler: awsRequestHandler(deps.http),
      ...(deps.stsEndpoint === undefined ? {} : { endpoint: deps.stsEndpoint }),
    };
    const chain =
      own === undefined
        ? aws.fromNodeProviderChain({
            clientConfig,
            ...(ownProfile === undefined ? {} : { profile: ownProfile }),
          })
        : () => Promise.resolve(own);
    if (roleArn === undefined) return present(await chain());
    const assume = aws.fromTemporaryCredentials({
      masterCredentials: chain,
      params: { RoleArn: roleArn, RoleSessionName: 'assay' },
      clientConfig,
    });
    return present(await assume());
  } catch (error) {
    throw new ProviderError('unauthorized', errorText(error), { cause: error });
  }
}

/** Beside what is needed the library's objects carry what is no concern of ours. */
const present = ({ accessKeyId, secretAccessKey, sessionToken, expiration }: Expiring): Expiring => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken === undefined ? {} : { sessionToken }),
  ...(expiration === undefined ? {} : { expiration }),
});

/** A region becomes part of the token service's host name: nothing but a region may stand there. */
function check({ region, profile, roleArn }: AwsIdentity): void {
  const refuse = (what: string): ProviderError => new ProviderError('invalidSpec', what);
  if (!REGION.test(region)) throw refuse(`${JSON.stringify(region)} is no AWS region`);
  if (profile !== undefined && !PROFILE.test(profile)) {
    throw refuse(`${JSON.stringify(profile)} is no name of an AWS profile`);
  }
  if (roleArn !== undefined && !ROLE_ARN.test(roleArn)) {
    throw refuse(
      `${JSON.stringify(roleArn)} is no ARN of an IAM role such as arn:aws:iam::123456789012:role/name`,
    );
  }
}
