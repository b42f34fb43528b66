import { isDeepStrictEqual } from 'node:util';
import { TRAFFIC_PLUGIN_VERSION, type TrafficPluginRequest } from '../../../schemas/index.js';
import { faultOf } from './fault.js';
import type { TrafficRouter } from './router.js';
import { managedNames, ROUTING, type Subject, servicesOf, stableWeight } from './subject.js';
import type { Traffic } from './world.js';

/**
 * A plugin: a server that brings about what it is told, in a protocol of one request. It is asked when what is wanted is not
 * what it was asked last; its latest answer says how that stands.
 * @param name as the Rollout has it under `plugins`.
 */
export const plugin = (name: string): TrafficRouter => ({
  name,
  needs: () => [{ kind: 'plugin', plugin: name }],
  plan(subject, traffic, world) {
    const request = requestOf(subject, traffic, name);
    const asked = world.answer(name);
    if (asked === undefined || !isDeepStrictEqual(asked.request, request)) {
      const message = `Asking the plugin ${name} for desiredWeight '${traffic.canaryWeight}'`;
      const event = { reason: 'AskingTrafficPlugin', message };
      return { changes: [{ kind: 'call', plugin: name, request, event }], faults: [] };
    }
    if (typeof asked.answer !== 'string') return { changes: [], faults: [] };
    const { fault } = faultOf(
      'away',
      subject,
      `${ROUTING}.plugins.${name}`,
      `has not done it: ${asked.answer}`,
    );
    return { changes: [], faults: [fault] };
  },
  confirm(_subject, _traffic, world) {
    const answer = world.answer(name)?.answer;
    if (answer === undefined || typeof answer === 'string')
      return { kind: 'pending', reason: `plugin ${name}: it has not answered yet` };
    if (answer.verified === undefined) return { kind: 'written' };
    if (answer.verified) return { kind: 'verified' };
    return { kind: 'pending', reason: `plugin ${name}: ${answer.message ?? 'it is not in effect yet'}` };
  },
});

function requestOf(subject: Subject, traffic: Traffic, name: string): TrafficPluginRequest {
  const { namespace, name: rollout, uid, routing, total } = subject;
  const { canary, stable } = servicesOf(subject);
  return {
    interfaceVersion: TRAFFIC_PLUGIN_VERSION,
    plugin: name,
    config: routing.plugins?.[name],
    rollout: { namespace, name: rollout, uid },
    totalWeight: total,
    canary: { serviceName: canary, podTemplateHash: traffic.canaryHash, weight: traffic.canaryWeight },
    stable: {
      serviceName: stable,
      podTemplateHash: traffic.stableHash,
      weight: stableWeight(subject, traffic),
    },
    additional: traffic.additional.map(({ port: _port, ...destination }) => destination),
    headerRoutes: [...traffic.headerRoutes],
    mirrorRoutes: [...traffic.mirrorRoutes],
    managedRoutes: [...managedNames(subject)],
  };
}
