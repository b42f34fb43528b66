import { type Static, type TSchema, Type } from 'typebox';
import type { JsonSchema } from './documents/json-schema.js';
import type { Immutable } from './shape.js';

/** A Go duration of zero or more; the readers of the setting turn it into time. */
const GO_DURATION = '^(?:0|(?:(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$';
const HTTP_URL = '^https?://[^\\s/]+';
/** One server, Sentinels (`redis+sentinel://host,host/name-of-the-master`), or nodes of a cluster. */
const REDIS_URL = '^rediss?(?:\\+sentinel|\\+cluster)?://[^\\s/]+';
const CIDR = '^[0-9a-fA-F.:]+/\\d{1,3}$';

/** A bucket, and a first part of its keys. */
const BUCKET = '^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?$';

/** An HTTP proxy: a URL, or only host and port, as other tools take it. */
const PROXY_URL = '^(?:https?://)?[^\\s/@]*(?:@[^\\s/@]+)?/?$';

/** What is known of a setting beside its shape. */
interface Setting {
  /** Environment variables, the first one is ours; the others are older names that are understood too. */
  readonly env: readonly [string, ...string[]];
  readonly description: string;
  /** What a value looks like, after "must be", when its type does not say it. */
  readonly expects?: string;
  readonly unit?: string;
  /** Never printed; the variable with `_FILE` names a file that holds it. */
  readonly secret?: boolean;
  readonly default?: string | number | boolean | readonly string[];
}

const setting = ({ env, expects, unit, secret, ...rest }: Setting) => ({
  ...rest,
  'x-env': env,
  ...(expects === undefined ? {} : { 'x-expects': expects }),
  ...(unit === undefined ? {} : { 'x-unit': unit }),
  ...(secret === undefined ? {} : { 'x-secret': secret }),
});

const path = (about: Setting) =>
  Type.Optional(Type.String({ minLength: 1, ...setting({ expects: 'a path', ...about }) }));
const secret = (about: Setting, pattern?: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      ...(pattern === undefined ? {} : { pattern }),
      ...setting({ secret: true, ...about }),
    }),
  );
const time = (about: Setting) =>
  Type.String({
    pattern: GO_DURATION,
    ...setting({ expects: 'a duration such as 30s, 5m or 1h30m', unit: 'Go duration', ...about }),
  });
const whole = (minimum: number, maximum: number, about: Setting) =>
  Type.Integer({ minimum, maximum, ...setting(about) });
const cidrs = (pattern: string, about: Setting) => Type.Array(Type.String({ pattern }), setting(about));

/**
 * The configuration of the service, as in its YAML file. Each setting also has an environment variable, which wins over
 * the file, and its default, unit and meaning beside it: the README's table and the chart's values come from here.
 */
export const ConfigSchema = Type.Object(
  {
    port: whole(0, 65_535, {
      env: ['ASSAY_PORT'],
      default: 8080,
      description: 'Port of the HTTP API; 0: any free one.',
    }),
    host: Type.Optional(
      Type.String({
        minLength: 1,
        ...setting({
          env: ['ASSAY_HOST'],
          expects: 'an address',
          description:
            'Address to listen on. Unset: every address when requests are authenticated or ASSAY_INSECURE is true, else loopback.',
        }),
      }),
    ),
    role: Type.Array(Type.Enum(['api', 'worker'], { type: 'string' }), {
      minItems: 1,
      ...setting({
        env: ['ASSAY_ROLE'],
        expects: 'api, worker, or both with a comma between',
        default: ['api', 'worker'],
        description: 'What this process does.',
      }),
    }),
    redisUrl: secret(
      {
        env: ['ASSAY_REDIS_URL'],
        expects: 'a URL such as redis://redis:6379, rediss://…, redis+sentinel://… or redis+cluster://…',
        description:
          'Redis that holds runs and the timetable. Unset: the embedded engine, in this process only.',
      },
      REDIS_URL,
    ),
    redisCaFile: path({
      env: ['ASSAY_REDIS_CA_FILE'],
      description:
        'File of certificate authorities (PEM) to trust beside the well-known ones for Redis and its Sentinels over TLS.',
    }),
    redisSentinelUsername: Type.Optional(
      Type.String({
        minLength: 1,
        ...setting({
          env: ['ASSAY_REDIS_SENTINEL_USERNAME'],
          expects: 'a user',
          description: 'User of the Sentinels, if they ask for one; that of Redis is in ASSAY_REDIS_URL.',
        }),
      }),
    ),
    redisSentinelPassword: secret({
      env: ['ASSAY_REDIS_SENTINEL_PASSWORD'],
      expects: 'a password',
      description: 'Password of the Sentinels, if they ask for one; that of Redis is in ASSAY_REDIS_URL.',
    }),
    queueShards: whole(1, 64, {
      env: ['ASSAY_QUEUE_SHARDS'],
      default: 1,
      description:
        'Number of queues the timetable is spread over; the same in every process. A process with another number than the runs in Redis are spread over does not start.',
    }),
    concurrency: whole(1, 10_000, {
      env: ['ASSAY_CONCURRENCY'],
      default: 100,
      description: 'Measurements of one kind of provider that a worker takes at once.',
    }),
    templatesDir: path({
      env: ['ASSAY_TEMPLATES_DIR'],
      description: 'Directory of AnalysisTemplate and ClusterAnalysisTemplate files.',
    }),
    kubernetesTemplates: Type.Enum(['none', 'namespace', 'cluster'], {
      type: 'string',
      ...setting({
        env: ['ASSAY_KUBERNETES_TEMPLATES'],
        default: 'none',
        description:
          'Templates of the Kubernetes cluster that runs may name as well: none, the AnalysisTemplates of the namespace of the service, or those of all namespaces and ClusterAnalysisTemplates.',
      }),
    }),
    secretsDir: path({
      env: ['ASSAY_SECRETS_DIR'],
      description:
        'Directory of secrets: a file <name>/<key> each, or <namespace>/<name>/<key> for the runs of one namespace.',
    }),
    tokensFile: path({
      env: ['ASSAY_TOKENS_FILE'],
      description:
        'File of tokens, issuers and Kubernetes accounts that may ask (schemas/json/access.json). Unset: requests are not authenticated.',
    }),
    publicMetrics: Type.Boolean(
      setting({
        env: ['ASSAY_PUBLIC_METRICS'],
        default: false,
        description: 'Answer /metrics, which names runs of all namespaces, without a token as well.',
      }),
    ),
    trustedProxies: cidrs(CIDR, {
      env: ['ASSAY_TRUSTED_PROXIES'],
      expects: 'CIDRs such as 10.0.0.0/8 with commas between',
      default: [],
      description:
        'Proxies before the service whose X-Forwarded-For tells where a request is from, for the audit log and the limit on refused credentials.',
    }),
    insecure: Type.Boolean(
      setting({
        env: ['ASSAY_INSECURE'],
        default: false,
        description: 'Allow other than loopback addresses without authentication.',
      }),
    ),
    egressDeny: cidrs(CIDR, {
      env: ['ASSAY_EGRESS_DENY'],
      expects: 'CIDRs such as 10.0.0.0/8 with commas between',
      default: [],
      description:
        'Addresses that specs may not reach, beside link-local and cloud metadata, which they never may.',
    }),
    egressAllow: Type.Optional(
      cidrs(`^public$|${CIDR}`, {
        env: ['ASSAY_EGRESS_ALLOW'],
        expects: 'CIDRs such as 10.0.0.0/8, or public, with commas between',
        description: 'When set, specs may reach only these addresses; public stands for all public ones.',
      }),
    ),
    prometheusAddress: Type.Optional(
      Type.String({
        pattern: HTTP_URL,
        ...setting({
          env: ['ASSAY_PROMETHEUS_ADDRESS', 'ARGO_ROLLOUTS_PROMETHEUS_ADDRESS'],
          expects: 'a URL such as http://prometheus:9090',
          description: 'Prometheus for metrics that name none.',
        }),
      }),
    ),
    providersFile: path({
      env: ['ASSAY_PROVIDERS_FILE'],
      description:
        'File of servers with their credentials, which metrics refer to as provider://NAME, and of plugins (schemas/json/providers.json).',
    }),
    caFile: path({
      env: ['ASSAY_CA_FILE'],
      description:
        'File of certificate authorities (PEM) to trust beside the well-known ones, for every request to a metric store or token URL.',
    }),
    httpsProxy: secret(
      {
        env: ['ASSAY_HTTPS_PROXY', 'HTTPS_PROXY', 'https_proxy'],
        expects: 'the URL of an HTTP proxy such as http://proxy:3128',
        description: 'Proxy for https requests. Loopback is never asked through it.',
      },
      PROXY_URL,
    ),
    httpProxy: secret(
      {
        env: ['ASSAY_HTTP_PROXY', 'HTTP_PROXY', 'http_proxy'],
        expects: 'the URL of an HTTP proxy such as http://proxy:3128',
        description: 'Proxy for http requests. Loopback is never asked through it.',
      },
      PROXY_URL,
    ),
    noProxy: Type.Array(Type.String(), {
      ...setting({
        env: ['ASSAY_NO_PROXY', 'NO_PROXY', 'no_proxy'],
        default: [],
        expects: 'hosts, .domains, addresses and CIDRs with commas between, or *',
        description:
          'What is asked without a proxy, with commas between: a host and all below it, .domain for only what is below it, an address, a CIDR, each also with :port; or * for everything.',
      }),
    }),
    retention: time({
      env: ['ASSAY_RETENTION'],
      default: '24h',
      description: 'How long completed runs are kept that have no ttlStrategy.',
    }),
    maxStartsPerSecond: Type.Optional(
      whole(1, 100_000, {
        env: ['ASSAY_MAX_STARTS_PER_SECOND'],
        description:
          'Runs that may be started in one second in one namespace, at one process that answers requests. Unset: any number.',
      }),
    ),
    maxOverdue: whole(1, 10_000_000, {
      env: ['ASSAY_MAX_OVERDUE'],
      default: 10_000,
      description:
        'Measurements that are more than 5 s late, in all namespaces, from which no more runs are taken on.',
    }),
    logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      type: 'string',
      ...setting({ env: ['ASSAY_LOG_LEVEL'], default: 'info', description: 'Least level that is logged.' }),
    }),
    webhookSecret: secret({
      env: ['ASSAY_WEBHOOK_SECRET'],
      expects: 'a secret such as whsec_…',
      description: 'Signs webhooks of callbacks that have no secretRef (Standard Webhooks).',
    }),
    archiveDir: path({
      env: ['ASSAY_ARCHIVE_DIR'],
      description:
        'Directory that completed runs are kept in for good, as JSON Lines files; it may be shared by any number of processes.',
    }),
    archiveFileMib: whole(1, 4_096, {
      env: ['ASSAY_ARCHIVE_FILE_MIB'],
      default: 64,
      description: 'MiB after which a process begins another file in ASSAY_ARCHIVE_DIR.',
    }),
    archiveFileAge: time({
      env: ['ASSAY_ARCHIVE_FILE_AGE'],
      default: '24h',
      description: 'Time after which a process begins another file in ASSAY_ARCHIVE_DIR.',
    }),
    archiveMaxDays: Type.Optional(
      whole(1, 36_500, {
        env: ['ASSAY_ARCHIVE_MAX_DAYS'],
        unit: 'days',
        description:
          'Days after which a file of ASSAY_ARCHIVE_DIR is deleted that nothing is written to any more. Unset: never. For a bucket, its own life cycle rules do this.',
      }),
    ),
    archiveBucket: Type.Optional(
      Type.String({
        pattern: BUCKET,
        ...setting({
          env: ['ASSAY_ARCHIVE_BUCKET'],
          expects: 'a bucket such as s3://evidence/assay',
          description:
            'Bucket of S3, or of a server that speaks it, that completed runs are kept in for good; instead of ASSAY_ARCHIVE_DIR. Credentials are found as AWS clients find them.',
        }),
      }),
    ),
    archiveRegion: Type.String({
      pattern: '^[a-z0-9-]{1,40}$',
      ...setting({
        env: ['ASSAY_ARCHIVE_REGION'],
        expects: 'a region such as eu-central-1',
        default: 'us-east-1',
        description: 'Region of ASSAY_ARCHIVE_BUCKET.',
      }),
    }),
    archiveEndpoint: Type.Optional(
      Type.String({
        pattern: HTTP_URL,
        ...setting({
          env: ['ASSAY_ARCHIVE_ENDPOINT'],
          expects: 'a URL such as https://minio:9000',
          description: 'Server of ASSAY_ARCHIVE_BUCKET. Unset: that of AWS.',
        }),
      }),
    ),
    maxRunsPerNamespace: Type.Optional(
      whole(1, 1_000_000, {
        env: ['ASSAY_MAX_RUNS_PER_NAMESPACE'],
        description: 'Runs that may be going on at once in one namespace. Unset: any number.',
      }),
    ),
    shutdownGrace: time({
      env: ['ASSAY_SHUTDOWN_GRACE'],
      default: '10s',
      description:
        'Time for a process to end in order after SIGTERM. Measurements in flight have half of it, and are taken again by another process if that is not enough.',
    }),
    kubeconfig: path({
      env: ['KUBECONFIG'],
      description: 'Kubernetes access. Unset: in-cluster credentials, when there are any.',
    }),
    clusterName: Type.String({
      pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$',
      ...setting({
        env: ['ASSAY_CLUSTER_NAME'],
        default: 'local',
        expects: 'a name of up to 63 letters, digits, ".", "_" or "-"',
        description: 'Name of the cluster that the service is in, as its controller has it.',
      }),
    }),
    clustersDir: path({
      env: ['ASSAY_CLUSTERS_DIR'],
      description:
        'Directory of kubeconfigs by the name of a cluster, for secrets and Jobs of runs that controllers of other clusters hand over.',
    }),
    jobNamespace: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$',
        ...setting({
          env: ['ASSAY_JOB_NAMESPACE', 'ARGO_ROLLOUTS_ANALYSIS_JOB_NAMESPACE'],
          expects: 'the name of a namespace',
          description: 'Namespace of the Jobs of the job provider. Unset: that of the run.',
        }),
      }),
    ),
    jobKubeconfig: path({
      env: ['ASSAY_JOB_KUBECONFIG', 'ARGO_ROLLOUTS_ANALYSIS_JOB_KUBECONFIG'],
      description: 'Cluster of the Jobs of the job provider. Unset: the same as for all else.',
    }),
  },
  { title: 'Config', description: 'Configuration of the service.' },
);
/** See {@link ConfigSchema}. The service itself works with `Config` of `service/platform/`, which hides secrets. */
export type ConfigFile = Immutable<Static<typeof ConfigSchema>>;
/** Name of a setting. */
export type ConfigKey = keyof ConfigFile;

/** A setting as programs and documentation need it. */
export interface ConfigField {
  readonly key: ConfigKey;
  /** Environment variables, ours first. */
  readonly env: readonly string[];
  readonly description: string;
  /** What a value looks like, as it stands after "must be". */
  readonly expects?: string;
  readonly unit?: string;
  readonly secret: boolean;
  /** Undefined: unset unless given. */
  readonly default?: unknown;
  readonly schema: JsonSchema;
}

/** Every setting, in the order of the schema: for the loader, the README's table and the chart. */
export function configReference(): readonly ConfigField[] {
  return Object.entries(ConfigSchema.properties).map(([key, schema]) => configField(key, schema));
}

/** Words of JSON Schema that {@link ConfigSchema} adds; a validator has to be told. */
export const CONFIG_ANNOTATIONS = ['x-env', 'x-expects', 'x-unit', 'x-secret'] as const;

interface Annotated extends JsonSchema {
  readonly 'x-env'?: readonly string[];
  readonly 'x-expects'?: string;
  readonly 'x-unit'?: string;
  readonly 'x-secret'?: boolean;
}

function configField(key: string, property: TSchema): ConfigField {
  if (!isConfigKey(key)) throw new TypeError(`${key} is no setting`);
  const schema: Annotated = property;
  const {
    'x-env': env = [],
    'x-expects': expects,
    'x-unit': unit,
    'x-secret': isSecret = false,
    description = '',
  } = schema;
  return {
    key,
    env,
    description,
    ...(expects === undefined ? {} : { expects }),
    ...(unit === undefined ? {} : { unit }),
    secret: isSecret,
    ...(schema.default === undefined ? {} : { default: schema.default }),
    schema,
  };
}

const isConfigKey = (key: string): key is ConfigKey => Object.hasOwn(ConfigSchema.properties, key);
