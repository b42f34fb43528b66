import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { configReference } from '../../schemas/index.js';
import {
  type Config,
  ConfigError,
  type ConfigSources,
  listenHost,
  loadConfig,
} from '../../service/platform/index.js';

/** Loads from an environment and files that exist only here. */
function load(
  env: Record<string, string>,
  more: { files?: Record<string, string>; flags?: ConfigSources['flags'] } = {},
) {
  const readText = (path: string): string => {
    const text = more.files?.[path];
    if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return text;
  };
  return loadConfig({ env, readText, ...(more.flags === undefined ? {} : { flags: more.flags }) });
}

function problems(...args: Parameters<typeof load>): readonly string[] {
  try {
    load(...args);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('has sensible defaults when nothing is set', () => {
    expect(load({})).toEqual({
      config: {
        ...{ archiveFileAge: '24h', archiveFileMib: 64, archiveRegion: 'us-east-1' },
        clusterName: 'local',
        port: 8080,
        role: ['api', 'worker'],
        queueShards: 1,
        concurrency: 100,
        kubernetesTemplates: 'none',
        insecure: false,
        publicMetrics: false,
        trustedProxies: [],
        maxOverdue: 10_000,
        egressDeny: [],
        noProxy: [],
        retention: '24h',
        logLevel: 'info',
        shutdownGrace: '10s',
      },
      warnings: [],
    });
  });

  it('reads every variable of the environment', () => {
    const { config, warnings } = load({
      ASSAY_PORT: '0',
      ASSAY_HOST: '127.0.0.1',
      ASSAY_ROLE: 'worker',
      ASSAY_REDIS_URL: 'rediss://user:hunter2@redis:6380/1',
      ASSAY_QUEUE_SHARDS: '4',
      ASSAY_CONCURRENCY: '200',
      ASSAY_TEMPLATES_DIR: '/templates',
      ASSAY_SECRETS_DIR: '/secrets',
      ASSAY_TOKENS_FILE: '/tokens',
      ASSAY_INSECURE: 'true',
      ASSAY_EGRESS_DENY: '10.0.0.0/8, fd00::/8',
      ASSAY_EGRESS_ALLOW: 'public,192.168.0.0/16',
      ASSAY_PROMETHEUS_ADDRESS: 'http://prometheus:9090',
      ASSAY_RETENTION: '1h30m',
      ASSAY_MAX_RUNS_PER_NAMESPACE: '50',
      ASSAY_MAX_STARTS_PER_SECOND: '20',
      ASSAY_MAX_OVERDUE: '500',
      ASSAY_PUBLIC_METRICS: 'true',
      ASSAY_TRUSTED_PROXIES: '10.0.0.0/8',
      ASSAY_LOG_LEVEL: 'debug',
      ASSAY_WEBHOOK_SECRET: 'whsec_hunter2',
      ASSAY_SHUTDOWN_GRACE: '10s',
      KUBECONFIG: '/kube/config',
    });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      port: 0,
      role: ['worker'],
      queueShards: 4,
      concurrency: 200,
      templatesDir: '/templates',
      secretsDir: '/secrets',
      tokensFile: '/tokens',
      insecure: true,
      egressDeny: ['10.0.0.0/8', 'fd00::/8'],
      egressAllow: ['public', '192.168.0.0/16'],
      prometheusAddress: 'http://prometheus:9090',
      retention: '1h30m',
      maxRunsPerNamespace: 50,
      maxStartsPerSecond: 20,
      maxOverdue: 500,
      publicMetrics: true,
      trustedProxies: ['10.0.0.0/8'],
      logLevel: 'debug',
      shutdownGrace: '10s',
      kubeconfig: '/kube/config',
    });
    expect(config.redisUrl?.reveal()).toBe('rediss://user:hunter2@redis:6380/1');
    expect(config.webhookSecret?.reveal()).toBe('whsec_hunter2');
  });

  it('lets flags win over the environment, the environment over the file, the file over defaults', () => {
    const files = {
      '/c.yaml':
        'port: 1\nconcurrency: 1\nqueueShards: 3\negressDeny: [10.0.0.0/8]\nrole: api,worker\nhost:\n',
    };
    const env = { ASSAY_CONFIG_FILE: '/c.yaml', ASSAY_PORT: '2', ASSAY_CONCURRENCY: '2' };
    expect(load(env, { files, flags: { port: '3' } }).config).toMatchObject({
      port: 3,
      concurrency: 2,
      queueShards: 3,
      egressDeny: ['10.0.0.0/8'],
      role: ['api', 'worker'],
      retention: '24h',
    });
  });

  it('can not be changed after it was loaded', () => {
    const { config } = load({ ASSAY_EGRESS_DENY: '10.0.0.0/8' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.egressDeny)).toBe(true);
    expect(Object.isFrozen(config.role)).toBe(true);
  });

  it("understands the reference's variable for the Prometheus address, ours first", () => {
    const reference = { ARGO_ROLLOUTS_PROMETHEUS_ADDRESS: 'http://theirs' };
    expect(load(reference).config.prometheusAddress).toBe('http://theirs');
    expect(load({ ...reference, ASSAY_PROMETHEUS_ADDRESS: 'http://ours' }).config.prometheusAddress).toBe(
      'http://ours',
    );
  });

  it('takes an empty variable for an unset one', () => {
    expect(load({ ASSAY_PORT: '', ASSAY_REDIS_URL: '' }).config).toMatchObject({ port: 8080 });
  });
});

describe('secrets', () => {
  it('may be in files, without the newline at their end', () => {
    const { config } = load(
      { ASSAY_WEBHOOK_SECRET_FILE: '/s', ASSAY_REDIS_URL_FILE: '/r' },
      { files: { '/s': 'whsec_a\n', '/r': 'redis://r' } },
    );
    expect(config.webhookSecret?.reveal()).toBe('whsec_a');
    expect(config.redisUrl?.reveal()).toBe('redis://r');
  });

  it('are not printed, in whatever way the configuration is', () => {
    const { config } = load({ ASSAY_REDIS_URL: 'redis://:hunter2@r', ASSAY_WEBHOOK_SECRET: 'hunter2' });
    for (const printed of [JSON.stringify(config), inspect(config), String(config.redisUrl)]) {
      expect(printed).toContain('[redacted]');
      expect(printed).not.toContain('hunter2');
    }
  });

  it('are not in the message when they are malformed', () => {
    expect(problems({ ASSAY_REDIS_URL: 'http://:hunter2@r' })).toEqual([
      'ASSAY_REDIS_URL: must be a URL such as redis://redis:6379, rediss://…, redis+sentinel://… or redis+cluster://… (the value is not shown)',
    ]);
  });

  it('are those that the schema marks', () => {
    const marked = configReference().filter(({ secret }) => secret);
    const { config } = load(
      Object.fromEntries(
        marked.map(({ key, env: [name = ''] }) => [
          name,
          key.endsWith('Proxy') ? 'http://p' : 'redis+sentinel://r/main',
        ]),
      ),
    );
    const hidden: Partial<Config> = config;
    expect(marked.map(({ key }) => key)).toEqual([
      ...['redisUrl', 'redisSentinelPassword', 'httpsProxy', 'httpProxy', 'webhookSecret'],
    ]);
    for (const { key } of marked) expect(String(hidden[key])).toBe('[redacted]');
  });
});

describe('problems', () => {
  it.each([
    [
      { ASSAY_ARCHIVE_MAX_DAYS: '30', ASSAY_ARCHIVE_BUCKET: 's3://evidence' },
      'ASSAY_ARCHIVE_MAX_DAYS: is for files, and ASSAY_ARCHIVE_DIR is not set',
    ],
    [
      { ASSAY_REDIS_SENTINEL_PASSWORD: 'hunter2', ASSAY_REDIS_URL: 'redis://r' },
      'ASSAY_REDIS_SENTINEL_PASSWORD: is for Sentinels, and ASSAY_REDIS_URL is no redis+sentinel://…',
    ],
    [
      { ASSAY_REDIS_SENTINEL_USERNAME: 'me', ASSAY_REDIS_URL: 'redis+sentinel://s/main' },
      'ASSAY_REDIS_SENTINEL_USERNAME: needs ASSAY_REDIS_SENTINEL_PASSWORD as well',
    ],
  ])('of settings that do nothing: %j', (env, message) => {
    expect(problems(env)).toEqual([message]);
  });

  it.each`
    variable                          | value                | message
    ${'ASSAY_PORT'}                   | ${'80a'}             | ${'must be a whole number from 0 to 65535, not "80a"'}
    ${'ASSAY_PORT'}                   | ${'-1'}              | ${'must be a whole number from 0 to 65535, not -1'}
    ${'ASSAY_PORT'}                   | ${'8080.5'}          | ${'must be a whole number from 0 to 65535, not "8080.5"'}
    ${'ASSAY_ROLE'}                   | ${'api,wroker'}      | ${'must be api, worker, or both with a comma between, not "api,wroker"'}
    ${'ASSAY_ROLE'}                   | ${','}               | ${'must be api, worker, or both with a comma between, not ""'}
    ${'ASSAY_INSECURE'}               | ${'yes'}             | ${'must be true or false, not "yes"'}
    ${'ASSAY_RETENTION'}              | ${'1 day'}           | ${'must be a duration such as 30s, 5m or 1h30m, not "1 day"'}
    ${'ASSAY_RETENTION'}              | ${'-1h'}             | ${'must be a duration such as 30s, 5m or 1h30m, not "-1h"'}
    ${'ASSAY_LOG_LEVEL'}              | ${'verbose'}         | ${'must be one of "trace", "debug", "info", "warn", "error", "fatal", "silent", not "verbose"'}
    ${'ASSAY_PROMETHEUS_ADDRESS'}     | ${'prometheus:9090'} | ${'must be a URL such as http://prometheus:9090, not "prometheus:9090"'}
    ${'ASSAY_EGRESS_DENY'}            | ${'10.0.0.1'}        | ${'must be CIDRs such as 10.0.0.0/8 with commas between, not "10.0.0.1"'}
    ${'ASSAY_EGRESS_DENY'}            | ${'public'}          | ${'must be CIDRs such as 10.0.0.0/8 with commas between, not "public"'}
    ${'ASSAY_EGRESS_ALLOW'}           | ${'10.0.0.0/99'}     | ${'"10.0.0.0/99" is no CIDR such as 10.0.0.0/8 or fd00::/8'}
    ${'ASSAY_MAX_RUNS_PER_NAMESPACE'} | ${'0'}               | ${'must be a whole number from 1 to 1000000, not 0'}
    ${'ASSAY_ROLE'}                   | ${'worker'}          | ${'worker alone needs ASSAY_REDIS_URL: without Redis one process is all there is'}
    ${'ASSAY_HOST'}                   | ${'0.0.0.0'}         | ${'0.0.0.0 can be reached from other machines and requests are not authenticated: set ASSAY_TOKENS_FILE, or ASSAY_INSECURE=true'}
    ${'ASSAY_WEBHOOK_SECRET_FILE'}    | ${'/missing'}        | ${"ENOENT: no such file or directory, open '/missing'"}
    ${'ASSAY_CONFIG_FILE'}            | ${'/missing'}        | ${"ENOENT: no such file or directory, open '/missing'"}
  `(
    'stop the start: $variable=$value',
    ({ variable, value, message }: Record<'variable' | 'value' | 'message', string>) => {
      expect(problems({ [variable]: value })).toEqual([`${variable}: ${message}`]);
    },
  );

  it('are two archives, which would each have a part of the evidence', () => {
    const env = { ASSAY_ARCHIVE_DIR: '/archive', ASSAY_ARCHIVE_BUCKET: 's3://evidence/assay' };
    expect(problems(env)).toEqual([
      'ASSAY_ARCHIVE_BUCKET: ASSAY_ARCHIVE_DIR is set as well: set one of them',
    ]);
    expect(problems({ ASSAY_ARCHIVE_BUCKET: 'evidence' })).toEqual([
      'ASSAY_ARCHIVE_BUCKET: must be a bucket such as s3://evidence/assay, not "evidence"',
    ]);
  });

  it('are all told at once, under the names that were used', () => {
    const files = { '/c.yaml': 'queueShard: 2\nqueueShards: many\nlogLevel: loud\n' };
    const env = {
      ASSAY_CONFIG_FILE: '/c.yaml',
      ASSAY_CONCURRENCY: 'x',
      ASSAY_WEBHOOK_SECRET: 'a',
      ASSAY_WEBHOOK_SECRET_FILE: '/s',
    };
    expect(problems(env, { files, flags: { port: 'http' } })).toEqual([
      '/c.yaml: queueShard: unknown setting: did you mean queueShards?',
      'ASSAY_WEBHOOK_SECRET_FILE: ASSAY_WEBHOOK_SECRET is set as well: set one of them',
      '--port: must be a whole number from 0 to 65535, not "http"',
      '/c.yaml: queueShards: must be a whole number from 1 to 64, not "many"',
      'ASSAY_CONCURRENCY: must be a whole number from 1 to 10000, not "x"',
      expect.stringMatching(/^\/c\.yaml: logLevel: must be one of .*, not "loud"$/) as string,
    ]);
  });

  it('of the file point into its text', () => {
    expect(
      problems({ ASSAY_CONFIG_FILE: '/c.yaml' }, { files: { '/c.yaml': 'port: 1\nport: 2\n' } }),
    ).toEqual(['ASSAY_CONFIG_FILE: /c.yaml:2:1: the key "port" is there twice\n2 | port: 2\n  | ^']);
    expect(problems({ ASSAY_CONFIG_FILE: '/c.yaml' }, { files: { '/c.yaml': '- port' } })).toEqual([
      '/c.yaml: must be one document with settings',
    ]);
  });
});

describe('warnings', () => {
  it('name variables that are probably misspelt', () => {
    expect(load({ ASSAY_REDIS_ULR: 'redis://r', ASSAY_FOO: '1', PATH: '/bin' }).warnings).toEqual([
      'ASSAY_FOO: unknown variable',
      'ASSAY_REDIS_ULR: unknown variable: did you mean ASSAY_REDIS_URL?',
    ]);
  });

  it('explain the variables that Kubernetes makes of a service named assay, which are not ours', () => {
    const links = {
      ASSAY_PORT: 'tcp://10.0.0.1:80',
      ASSAY_PORT_80_TCP_ADDR: '10.0.0.1',
      ASSAY_SERVICE_HOST: '10.0.0.1',
      ASSAY_SERVICE_PORT_HTTP: '80',
      ASSAY_REDIS_PORT: 'tcp://10.0.0.2:6379',
    };
    const { config, warnings } = load(links);
    expect(config.port).toBe(8080);
    expect(warnings).toEqual([
      'ASSAY_PORT: ignored: Kubernetes sets it to tcp://10.0.0.1:80 for a service named assay; set enableServiceLinks: false',
    ]);
  });
});

describe('the address to listen on', () => {
  it.each`
    env                                                    | host
    ${{}}                                                  | ${'127.0.0.1'}
    ${{ ASSAY_TOKENS_FILE: '/t' }}                         | ${undefined}
    ${{ ASSAY_INSECURE: 'true' }}                          | ${undefined}
    ${{ ASSAY_HOST: '::1' }}                               | ${'::1'}
    ${{ ASSAY_HOST: 'localhost' }}                         | ${'localhost'}
    ${{ ASSAY_HOST: '10.1.2.3', ASSAY_TOKENS_FILE: '/t' }} | ${'10.1.2.3'}
  `('is $host for $env', ({ env, host }: { env: Record<string, string>; host: string | undefined }) => {
    expect(listenHost(load(env).config)).toBe(host);
  });
});

describe('the reference', () => {
  it('has a description and a variable for every setting, and each variable once', () => {
    const fields = configReference();
    const variables = fields.flatMap(({ env }) => env);
    expect(new Set(variables).size).toBe(variables.length);
    for (const { env, description, schema, key, expects } of fields) {
      expect(env.length, key).toBeGreaterThan(0);
      expect(description, key).toMatch(/\.$/);
      expect(
        expects !== undefined ||
          schema.type !== 'string' ||
          schema.enum !== undefined ||
          schema.const !== undefined,
        key,
      ).toBe(true);
    }
  });

  it('has defaults that the loader accepts', () => {
    const env = Object.fromEntries(
      configReference()
        .filter((field) => field.default !== undefined)
        .map(({ env: [name = ''], default: value }) => [
          name,
          Array.isArray(value) ? value.join(',') : String(value),
        ]),
    );
    expect(load(env).config).toEqual(load({}).config);
  });
});

describe('the settings of proxies', () => {
  it('are read from the variables of other tools, and ours win', () => {
    const env = {
      HTTPS_PROXY: 'http://user:secret@proxy:3128',
      http_proxy: 'proxy:3129',
      ASSAY_HTTP_PROXY: 'http://ours:3130/',
      no_proxy: 'example.com, 10.0.0.0/8',
    };
    const { config } = loadConfig({ env });
    expect(config.httpsProxy?.reveal()).toBe('http://user:secret@proxy:3128');
    expect(config.httpProxy?.reveal()).toBe('http://ours:3130/');
    expect(config.noProxy).toEqual(['example.com', '10.0.0.0/8']);
    expect(JSON.stringify(config)).not.toContain('secret');
  });

  it.each(['socks5://proxy:1080', 'http://a b', 'http://proxy/path'])(
    'refuse %s without showing it',
    (value) => {
      expect(() => loadConfig({ env: { HTTPS_PROXY: value } })).toThrow(
        'HTTPS_PROXY: must be the URL of an HTTP proxy such as http://proxy:3128 (the value is not shown)',
      );
    },
  );
});
