import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { openClusterAccess } from '../../service/providers/kubernetes/cluster-access.js';
import type { ControlPlane } from './control-plane/control-plane.js';
import { eventually } from '../support/eventually.js';

type Method = Parameters<ControlPlane['call']>[0];

/** A cluster that is there, instead of a control plane of the test's own. It is left as it was. */
export async function useGivenCluster(kubeconfig: string): Promise<ControlPlane> {
  const { server, authorize } = await openClusterAccess({ kind: 'kubeconfig', path: kubeconfig });
  /** Paths of what was created, the latest first. */
  const made: string[] = [];

  const ask = async (method: Method, path: string, body: unknown, accept: string): Promise<unknown> => {
    const options: RequestOptions = { method };
    await authorize(options);
    const asked = request(`${server}${path}`, options);
    asked.setHeader('accept', accept);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    asked.setHeader('content-type', type);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const content = await text(response);
    const { statusCode = 0, headers } = response;
    if (statusCode < 200 || statusCode > 299) throw new Error(`${method} ${path}: ${statusCode} ${content}`);
    const isJson = headers['content-type']?.includes('json') ?? false;
    return isJson ? (JSON.parse(content) as unknown) : content;
  };
  const call: ControlPlane['call'] = async (method, path, body) => {
    const answer = await ask(method, path, body, 'application/json');
    const name = (answer as { metadata?: { name?: string } }).metadata?.name;
    const [collection = '', query = ''] = path.split('?');
    // What is no object of its own, such as a token, has no name.
    if (method === 'POST' && name !== undefined && !query.includes('dryRun'))
      made.unshift(`${collection}/${encodeURIComponent(name)}`);
    return answer;
  };
  const isOurs = (): Promise<never> =>
    Promise.reject(new Error('the cluster is not the test’s own: unset ASSAY_TEST_KUBECONFIG for this test'));
  return {
    kubeconfig,
    call,
    table: (path) => ask('GET', path, undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io'),
    async createNamespace(name) {
      await call('POST', '/api/v1/namespaces', { metadata: { name } });
      await eventually(`the account of ${name} is there`, () =>
        call('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`),
      );
    },
    killApiServer: isOurs,
    startApiServer: isOurs,
    compact: isOurs,
    backUp: isOurs,
    restore: isOurs,
    async stop() {
      const left = made.splice(0);
      // Gone already, by the test itself or with its namespace, is as good.
      for (const path of left)
        await call('DELETE', path).catch((error: unknown) => {
          if (!String(error).includes(': 404 ')) throw error;
        });
      for (const path of left)
        await eventually(`${path} is gone`, () => isGone(() => call('GET', path)), 120_000);
    },
  };
}

async function isGone(read: () => Promise<unknown>): Promise<true | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (String(error).includes(': 404 ')) return true;
    throw error;
  }
}
