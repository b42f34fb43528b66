import { LRUCache } from 'lru-cache';
import { type Clock, systemTimers, type Timers } from '../../platform/index.js';
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
  /** Default: the timers of the machine. */
  readonly timers?: Timers;
  /** URL of the token service. Absent: AWS' own for the region. */
  readonly stsEndpoint?: string;
}

/** Credentials are renewed this long before they end, in ms: AWS' own clients do so. */
const EXPIRY_MARGIN_MS = 5 * 60_000;
/** How long credentials without an end are kept: files and variables may change. */
const KEEP_MS = 60_000;
/** How long it is remembered that credentials could not be had: a machine without any is slow to say so. */
const KEEP_FAILURE_MS = 5_000;
/** How long they are looked for, in ms: whoever waits has to give its place to others. */
const FIND_WITHIN_MS = 20_000;
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
  const { env, clock, timers = systemTimers } = deps;
  const fromEnvironment = environmentCredentials(env);
  const known = new LRUCache<string, Known>({ max: MAX_IDENTITIES });
  return async (identity) => {
    const key = JSON.stringify([identity.region, identity.profile, identity.roleArn]);
    const entry = known.get(key) ?? { endMs: 0, askAgainAtMs: Number.NEGATIVE_INFINITY };
    known.set(key, entry);
    if (clock.nowMs() >= entry.askAgainAtMs) entry.finding ??= find(entry, identity);
    // Nobody waits for a renewal, and none that fails takes away what has not ended yet.
    if (clock.nowMs() < entry.endMs) return entry.credentials;
    await entry.finding;
    if (entry.error !== undefined) throw entry.error;
    return entry.credentials;
  };

  /** Never rejects. */
  async function find(entry: Known, identity: AwsIdentity): Promise<void> {
    try {
      const looked = credentialsOf(identity, deps, fromEnvironment);
      const { expiration, ...credentials } = await inTime(looked, timers);
      const endMs = expiration?.getTime();
      entry.credentials = credentials;
      entry.endMs = endMs ?? 0;
      entry.error = undefined;
      entry.askAgainAtMs = endMs === undefined ? clock.nowMs() + KEEP_MS : endMs - EXPIRY_MARGIN_MS;
    } catch (error) {
      entry.error = error instanceof Error ? error : new Error(String(error));
      entry.askAgainAtMs = clock.nowMs() + KEEP_FAILURE_MS;
    } finally {
      entry.finding = undefined;
    }
  }
}

/** What is known of one identity. */
interface Known {
  credentials?: AwsCredentials;
  /** End of the credentials, epoch ms; 0: they say none, or there are none. */
  endMs: number;
  /** Why the last search found none. */
  error?: Error | undefined;
  /** When they are looked for again, epoch ms. */
  askAgainAtMs: number;
  /** The search that is going on. */
  finding?: Promise<void> | undefined;
}

/** The work, or an error when it takes too long: a process of the shared configuration may hang, and is not ours to end. */
async function inTime<Result>(work: Promise<Result>, timers: Timers): Promise<Result> {
  let callOff = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    callOff = timers.set(() => {
      const seconds = FIND_WITHIN_MS / 1_000;
      reject(new ProviderError('timeout', `AWS credentials were not found within ${seconds} s`));
    }, FIND_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    callOff();
  }
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
