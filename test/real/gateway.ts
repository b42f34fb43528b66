import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { programPath } from '../built/binaries.js';
import type { ControlPlane } from '../cluster/control-plane/control-plane.js';
import { eventually } from '../support/eventually.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const PORT = 8000;
const GROUP = '/apis/gateway.networking.k8s.io/v1';

/** Where requests of users come in. */
export const GATEWAY_URL = `http://127.0.0.1:${PORT}`;

/** Folder with the custom resource definitions of the version of the Gateway API that Traefik is built with. */
export function definitionsFolder(): string {
  const output = execFileSync('go', ['mod', 'download', '-json', 'sigs.k8s.io/gateway-api'], {
    ...{ cwd: join(import.meta.dirname, 'traefik'), encoding: 'utf8' },
  });
  const { Dir } = JSON.parse(output) as { Dir: string };
  return join(Dir, 'config', 'crd', 'standard');
}

/** Starts Traefik as the implementation of the Gateway API, with a Gateway that routes of the namespace attach to. */
export async function startGateway(
  plane: ControlPlane,
  definitions: string,
  namespace: string,
): Promise<ServerProcess> {
  for (const name of readdirSync(definitions).filter((each) => each.startsWith('gateway.'))) {
    const definition: unknown = parse(readFileSync(join(definitions, name), 'utf8'));
    await plane.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  }
  await eventually('the Gateway API is served', () => plane.call('GET', `${GROUP}/httproutes`));
  await eventually('classes of gateways are served', () => plane.call('GET', `${GROUP}/gatewayclasses`));
  await eventually('gateways are served', () => plane.call('GET', `${GROUP}/gateways`));
  await plane.call('POST', `${GROUP}/gatewayclasses`, {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'traefik' } },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  });
  await plane.call('POST', `${GROUP}/namespaces/${namespace}/gateways`, {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'gateway' } },
    spec: { gatewayClassName: 'traefik', listeners: [{ name: 'web', protocol: 'HTTP', port: PORT }] },
  });
  const traefik = await startServer(
    programPath('traefik'),
    [
      `--entrypoints.web.address=127.0.0.1:${PORT}`,
      // As soon as an object changes, as the figures are those of the controller.
      ...['--providers.kubernetesgateway=true', '--providers.providersthrottleduration=0s'],
      ...[
        '--global.checknewversion=false',
        '--global.sendanonymoususage=false',
        '--log.level=WARN',
        '--log.nocolor=true',
      ],
    ],
    { KUBECONFIG: plane.kubeconfig },
  );
  await eventually('the gateway is programmed', async () => {
    traefik.check();
    const gateway = await plane.call('GET', `${GROUP}/namespaces/${namespace}/gateways/gateway`);
    return JSON.stringify(gateway).includes('"type":"Programmed"') ? true : undefined;
  }).catch((error: unknown) => {
    throw new Error(`Traefik did not take the gateway over:\n${traefik.output()}`, { cause: error });
  });
  return traefik;
}
