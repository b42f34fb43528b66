import type { Static } from 'typebox';
import {
  type Immutable,
  flag,
  int32,
  int64,
  list,
  openObject,
  optional,
  shape,
  text,
  textMap,
} from '../shape.js';

const texts = (item: string, all: string) => list(text(item), all);
const servicePort = int32('Port of the services.');

const TcpRouteSchema = shape('IstioTcpRoute', 'TCP routes of a VirtualService.', {
  port: optional(int64('Port of the routes to change.')),
});

const TlsRouteSchema = shape('IstioTlsRoute', 'TLS routes of a VirtualService.', {
  port: optional(int64('Port of the routes to change.')),
  sniHosts: optional(texts('A host.', 'SNI hosts of the routes to change.')),
});

const VirtualServiceSchema = shape('IstioVirtualService', 'Routes of an Istio VirtualService.', {
  name: text('Name, or namespace and name with a dot between.'),
  routes: optional(texts('Name of a route.', 'HTTP routes to change.')),
  tlsRoutes: optional(list(TlsRouteSchema, 'TLS routes to change.')),
  tcpRoutes: optional(list(TcpRouteSchema, 'TCP routes to change.')),
});

const IstioSchema = shape('IstioTrafficRouting', 'Traffic by Istio.', {
  virtualService: optional(VirtualServiceSchema),
  virtualServices: optional(list(VirtualServiceSchema, 'Several virtual services.')),
  destinationRule: optional(
    shape('IstioDestinationRule', 'A DestinationRule whose subsets are the versions.', {
      name: text('Name of the DestinationRule.'),
      canarySubsetName: text('Subset of the canary.'),
      stableSubsetName: text('Subset of the stable version.'),
      additionalSubsetNames: optional(texts('A subset.', 'Other subsets that are left alone.')),
    }),
  ),
});

const NginxSchema = shape('NginxTrafficRouting', 'Traffic by ingress-nginx.', {
  annotationPrefix: optional(text('Prefix of the annotations (default nginx.ingress.kubernetes.io).')),
  stableIngress: optional(text('Ingress of the stable service.')),
  stableIngresses: optional(texts('Name of an Ingress.', 'Several ingresses of the stable service.')),
  additionalIngressAnnotations: optional(textMap('Further annotations of the canary ingress, with prefix.')),
  canaryIngressAnnotations: optional(textMap('Further annotations of the canary ingress, as they are.')),
});

const AlbSchema = shape('ALBTrafficRouting', 'Traffic by the AWS Load Balancer Controller.', {
  ingress: optional(text('Ingress with the action.')),
  ingresses: optional(texts('Name of an Ingress.', 'Several ingresses.')),
  servicePort,
  rootService: optional(text('Service that the ingress names (default: the stable one).')),
  annotationPrefix: optional(text('Prefix of the annotations (default alb.ingress.kubernetes.io).')),
  stickinessConfig: optional(
    shape('StickinessConfig', 'Clients stay with the version they met.', {
      enabled: flag('Whether they do.'),
      durationSeconds: int64('Seconds for which they do.'),
    }),
  ),
});

const virtualNode = (about: string) =>
  shape('AppMeshVirtualNodeReference', 'A virtual node.', { name: text(about) });

const AppMeshSchema = shape('AppMeshTrafficRouting', 'Traffic by AWS App Mesh.', {
  virtualService: optional(
    shape('AppMeshVirtualService', 'A virtual service.', {
      name: text('Name of the virtual service.'),
      routes: optional(texts('Name of a route.', 'Routes to change.')),
    }),
  ),
  virtualNodeGroup: optional(
    shape('AppMeshVirtualNodeGroup', 'The virtual nodes of the versions.', {
      canaryVirtualNodeRef: virtualNode('Name of the virtual node.'),
      stableVirtualNodeRef: virtualNode('Name of the virtual node.'),
    }),
  ),
});

/** Who shifts traffic between the versions, at most one of them usually. Without: the number of pods does. */
export const TrafficRoutingSchema = shape('RolloutTrafficRouting', 'Who shifts traffic.', {
  alb: optional(AlbSchema),
  ambassador: optional(
    shape('AmbassadorTrafficRouting', 'Traffic by Ambassador.', {
      mappings: texts('Name of a Mapping.', 'Mappings to change.'),
    }),
  ),
  apisix: optional(
    shape('ApisixTrafficRouting', 'Traffic by Apache APISIX.', {
      route: optional(
        shape('ApisixRoute', 'An ApisixRoute.', {
          name: text('Name of the ApisixRoute.'),
          rules: optional(texts('Name of a rule.', 'Rules to change.')),
        }),
      ),
    }),
  ),
  appMesh: optional(AppMeshSchema),
  istio: optional(IstioSchema),
  nginx: optional(NginxSchema),
  plugins: optional(openObject('Traffic by plugins: their settings by name.')),
  smi: optional(
    shape('SMITrafficRouting', 'Traffic by the Service Mesh Interface.', {
      rootService: optional(text('Service that clients use (default: the stable one).')),
      trafficSplitName: optional(text('Name of the TrafficSplit (default: that of the rollout).')),
    }),
  ),
  traefik: optional(
    shape('TraefikTrafficRouting', 'Traffic by Traefik.', {
      weightedTraefikServiceName: text('Name of the weighted TraefikService.'),
    }),
  ),
  managedRoutes: optional(
    list(
      shape('ManagedRoute', 'A route that the rollout makes.', { name: text('Name of the route.') }),
      'Routes for headers and mirroring, the first one matched first.',
    ),
  ),
  maxTrafficWeight: optional(int32('Weight that is all of the traffic (default 100).')),
});
/** See {@link TrafficRoutingSchema}. */
export type TrafficRouting = Immutable<Static<typeof TrafficRoutingSchema>>;
