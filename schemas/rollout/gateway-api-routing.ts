import type { Static } from 'typebox';
import { LabelSelectorSchema } from '../providers/index.js';
import { type Immutable, flag, list, optional, shape, text } from '../shape.js';

const route = (kind: string) =>
  shape('GatewayApiRoute', `A ${kind}.`, {
    name: text(`Name of the ${kind}.`),
    useHeaderRoutes: optional(flag('Routes of headers are added to it, too.')),
  });

const routes = (kind: string) => optional(list(route(kind), `Several of kind ${kind}.`));
const selector = optional(LabelSelectorSchema);

/** What stands under `plugins: {argoproj-labs/gatewayAPI: …}` of a Rollout. Names are those of Argo's Gateway API plugin. */
export const GatewayApiRoutingSchema = shape('GatewayApiRouting', 'Traffic by routes of the Gateway API.', {
  httpRoute: optional(text('Name of the HTTPRoute, to which routes of headers are added.')),
  grpcRoute: optional(text('Name of the GRPCRoute, to which routes of headers are added.')),
  tcpRoute: optional(text('Name of the TCPRoute.')),
  tlsRoute: optional(text('Name of the TLSRoute.')),
  httpRoutes: routes('HTTPRoute'),
  grpcRoutes: routes('GRPCRoute'),
  tcpRoutes: routes('TCPRoute'),
  tlsRoutes: routes('TLSRoute'),
  httpRouteSelector: selector,
  grpcRouteSelector: selector,
  tcpRouteSelector: selector,
  tlsRouteSelector: selector,
  namespace: optional(text('Namespace of the routes (default: that of the rollout).')),
  configMap: optional(text('Not used: routes of headers are known by their names.')),
  mirrorMode: optional(text('Not used: only requests that match a setMirrorRoute are mirrored.')),
  disableInProgressLabel: optional(flag('No label marks the routes while the canary has traffic.')),
  inProgressLabelKey: optional(text('Key of the label (default rollouts.argoproj.io/gatewayapi-canary).')),
  inProgressLabelValue: optional(text('Value of the label (default in-progress).')),
});
/** See {@link GatewayApiRoutingSchema}. */
export type GatewayApiRouting = Immutable<Static<typeof GatewayApiRoutingSchema>>;
