import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { isObject } from '../../../schemas/index.js';
import type { Json } from '../../../service/controller/rollout/types.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';
import { startServer } from '../../support/server-process.js';

/** A real nginx that is configured as its Ingress controller would be by these Ingresses. */
export interface NginxServer {
  /** Where it listens. */
  readonly url: string;
  /** Takes other Ingresses over, without losing a connection. */
  configure(ingresses: readonly Json[]): Promise<void>;
  stop(): Promise<void>;
}

const PREFIX = 'nginx.ingress.kubernetes.io/';

/** A path of an Ingress, and the canary that stands in for some of its requests. */
interface Location {
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly canary?: { readonly service: string; readonly annotations: Readonly<Record<string, string>> };
}

/** Starts nginx. Services are addresses on loopback, by name. */
export async function startNginx(services: Readonly<Record<string, string>>): Promise<NginxServer> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-nginx-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  const write = (ingresses: readonly Json[], generation: number): Promise<void> =>
    writeFile(file, configuration(folder, port, services, ingresses, generation));
  await write([], 0);
  const server = await startServer('nginx', [
    '-p',
    folder,
    '-c',
    file,
    '-e',
    join(folder, 'error.log'),
    '-g',
    'daemon off;',
  ]);
  const url = `http://127.0.0.1:${port}`;
  let generation = 0;
  const isConfigured = async (): Promise<boolean | undefined> => {
    server.check();
    const answer = await fetch(`${url}/-/generation`, { headers: { connection: 'close' } });
    // For a moment the worker of before takes connections, too.
    return (await answer.text()) === String(generation) && childrenOf(server.pid) === 1 ? true : undefined;
  };
  await eventually('nginx listens', isConfigured);
  return {
    url,
    async configure(ingresses) {
      await write(ingresses, ++generation);
      process.kill(server.pid, 'SIGHUP');
      await eventually('nginx has taken its configuration over', isConfigured);
    },
    async stop() {
      await server.stop('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Number of processes that a process has started and that have not ended. */
function childrenOf(pid: number): number {
  const parents = execFileSync('ps', ['-A', '-o', 'ppid='], { encoding: 'utf8' }).split('\n');
  return parents.filter((parent) => Number(parent) === pid).length;
}

function configuration(
  folder: string,
  port: number,
  services: Readonly<Record<string, string>>,
  ingresses: readonly Json[],
  generation: number,
): string {
  const locations = locationsOf(ingresses);
  const upstreams = Object.entries(services).map(
    ([name, address]) => `upstream ${name} { server ${address}; }`,
  );
  const splits = locations.flatMap((location, index) => splitOf(location, index));
  const hosts = [...new Set(locations.map(({ host }) => host))];
  const servers = hosts.map((host) => {
    const lines = locations.map(({ host: other, path }, index) =>
      other === host ? `location ${path} { proxy_pass http://$backend_${index}; }` : '',
    );
    return `server { listen 127.0.0.1:${port}; server_name ${host}; ${lines.join(' ')} }`;
  });
  const own = `server { listen 127.0.0.1:${port} default_server; location /-/generation { return 200 "${generation}"; } }`;
  return `
    pid ${join(folder, 'nginx.pid')};
    worker_processes 1;
    events { worker_connections 512; }
    http {
      access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n')}
      ${[...upstreams, ...splits, own, ...servers].join('\n')}
    }`;
}

/** Paths of Ingresses that are no canaries, each with the canary that has the same host, path and class. */
function locationsOf(ingresses: readonly Json[]): readonly Location[] {
  const paths = ingresses.flatMap((ingress) => {
    const annotations = textsOf(ingress, 'metadata', 'annotations');
    const isCanary = annotations[`${PREFIX}canary`] === 'true';
    return listOf(ingress, 'spec', 'rules').flatMap((rule) =>
      listOf(rule, 'http', 'paths').map((path) => ({
        ...{ host: String(rule['host']), path: String(path['path']), isCanary, annotations },
        service: String(at(path, 'backend', 'service', 'name')),
      })),
    );
  });
  return paths
    .filter(({ isCanary }) => !isCanary)
    .map(({ host, path, service }) => {
      const canary = paths.find(
        (other) => other.isCanary && other.host === host && other.path === path && other.service !== service,
      );
      return { host, path, service, ...(canary === undefined ? {} : { canary }) };
    });
}

/** What ingress-nginx means by its annotations: a header first, and else a share of the requests by weight. Whose turn it is follows from the id of the request, so that a test sees the same each time. */
function splitOf({ service, canary }: Location, index: number): readonly string[] {
  const chosen = `$backend_${index}`;
  if (canary === undefined) return [`map "" ${chosen} { default ${service}; }`];
  const text = (name: string): string => canary.annotations[`${PREFIX}${name}`] ?? '';
  const share = (Number(text('canary-weight')) / Number(text('canary-weight-total') || '100')) * 100;
  const parts =
    share > 0 && share < 100
      ? `${share.toFixed(2)}% ${canary.service}; * ${service};`
      : `* ${share >= 100 ? canary.service : service};`;
  const byWeight = `split_clients "$http_x_request_id" $share_${index} { ${parts} }`;
  const header = text('canary-by-header');
  if (header === '') return [byWeight, `map "" ${chosen} { default $share_${index}; }`];
  const variable = `$http_${header.toLowerCase().replaceAll('-', '_')}`;
  const [value, pattern] = [text('canary-by-header-value'), text('canary-by-header-pattern')];
  const matches = value === '' ? `"~${pattern}"` : `"${value}"`;
  return [byWeight, `map ${variable} ${chosen} { default $share_${index}; ${matches} ${canary.service}; }`];
}

const at = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), object);
const listOf = (object: Json, ...path: readonly string[]): readonly Json[] =>
  (at(object, ...path) ?? []) as readonly Json[];
const textsOf = (object: Json, ...path: readonly string[]): Readonly<Record<string, string>> =>
  (at(object, ...path) ?? {}) as Readonly<Record<string, string>>;

/** A server on loopback that counts its requests. */
export interface CountingServer {
  readonly address: string;
  count: number;
  stop(): Promise<void>;
}

/** Starts a version of a service. */
export async function startCountingServer(): Promise<CountingServer> {
  const counting = {
    address: '',
    count: 0,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server: Server = createServer((_request, response) => {
    counting.count += 1;
    response.end('served');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (!isObject(address)) throw new Error('the server has no port');
  counting.address = `127.0.0.1:${String(address['port'])}`;
  return counting;
}
