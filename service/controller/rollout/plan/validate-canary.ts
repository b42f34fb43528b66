import type { CanaryStep, CanaryStrategy } from '../../../../schemas/index.js';
import { pauseSeconds } from './moments.js';
import { experimentFaults } from './validate-experiment.js';
import type { Scene } from './scene.js';
import { maxWeight } from './steps.js';
import type { SpecFault } from './spec-fault.js';

const PATH = 'spec.strategy.canary';
/** Of these a step has one at most: each says when it is over. */
const ALONE: ReadonlySet<string> = new Set(['setWeight', 'pause', 'experiment', 'analysis']);
/** What a step may be. */
const KINDS = [
  ...(['setWeight', 'pause', 'setCanaryScale', 'analysis'] as const),
  ...(['setHeaderRoute', 'setMirrorRoute', 'experiment', 'plugin'] as const),
];

const when = (isFault: boolean, path: string, message: string): readonly SpecFault[] =>
  isFault ? [{ path, message }] : [];

/** All that is wrong with a canary by itself. */
export function canaryFaults(scene: Scene, canary: CanaryStrategy): readonly SpecFault[] {
  const { stableService = '', canaryService = '', trafficRouting: routing } = canary;
  return [
    ...when(
      stableService !== '' && stableService === canaryService,
      `${PATH}.stableService`,
      'This rollout uses the same service for the stable and canary services, but two different services are required.',
    ),
    ...(needsServices(canary)
      ? (['stableService', 'canaryService'] as const).flatMap((name) =>
          when(
            (canary[name] ?? '') === '',
            `${PATH}.${name}`,
            'Canary service and Stable service must to be set to use Traffic Routing',
          ),
        )
      : []),
    ...pingPongFaults(canary),
    ...when(
      routing === undefined && canary.scaleDownDelaySeconds !== undefined,
      `${PATH}.scaleDownDelaySeconds`,
      'Canary scaleDownDelaySeconds can only be used with traffic routing',
    ),
    ...when(
      routing === undefined && canary.dynamicStableScale === true,
      `${PATH}.dynamicStableScale`,
      'Canary dynamicStableScale can only be used with traffic routing',
    ),
    ...when(
      routing !== undefined &&
        canary.dynamicStableScale === true &&
        canary.scaleDownDelaySeconds !== undefined,
      `${PATH}.dynamicStableScale`,
      'Canary dynamicStableScale cannot be used with scaleDownDelaySeconds',
    ),
    ...when(
      routing?.maxTrafficWeight !== undefined && routing.nginx === undefined && routing.plugins === undefined,
      `${PATH}.trafficRouting.maxTrafficWeight`,
      'Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins',
    ),
    ...(canary.steps ?? []).flatMap((step, index) =>
      stepFaults(scene, canary, step, `${PATH}.steps[${index}]`),
    ),
  ];
}

/** Routers that split traffic between two Services; those with subsets, two that take turns or plugins name their own. */
function needsServices({ trafficRouting: routing, pingPong }: CanaryStrategy): boolean {
  if (routing === undefined) return false;
  const { alb, istio, smi, apisix, ambassador, nginx, appMesh, traefik } = routing;
  if (alb !== undefined && pingPong === undefined) return true;
  if (istio !== undefined && istio.destinationRule === undefined && pingPong === undefined) return true;
  return [smi, apisix, ambassador, nginx, appMesh, traefik].some((router) => router !== undefined);
}

function pingPongFaults({ pingPong, trafficRouting: routing }: CanaryStrategy): readonly SpecFault[] {
  if (pingPong === undefined) return [];
  const { pingService, pongService } = pingPong;
  return [
    ...when(
      pingService === '' || pongService === '',
      `${PATH}.pingPong`,
      'Ping service and Pong service must to be set to use Ping-Pong feature',
    ),
    ...when(
      pingService !== '' && pingService === pongService,
      `${PATH}.pingPong.pingService`,
      'This rollout uses the same service for the ping and pong services, but two different services are required.',
    ),
    ...when(
      routing !== undefined &&
        routing.alb === undefined &&
        routing.istio === undefined &&
        routing.plugins === undefined,
      `${PATH}.trafficRouting`,
      'Ping-pong feature works with the ALB, Istio, and plugin-based traffic routers only',
    ),
    ...when(
      routing?.alb !== undefined && (routing.alb.rootService ?? '') === '',
      `${PATH}.trafficRouting.alb.rootService`,
      'Root service field is required for the configuration with ALB and ping-pong feature enabled',
    ),
  ];
}

function stepFaults(
  scene: Scene,
  canary: CanaryStrategy,
  step: CanaryStep,
  path: string,
): readonly SpecFault[] {
  const kinds = KINDS.filter((kind) => step[kind] !== undefined);
  const { setWeight, pause, setCanaryScale, setHeaderRoute, setMirrorRoute, experiment, plugin } = step;
  const routing = canary.trafficRouting;
  const most = maxWeight(scene);
  const seconds = pause?.duration === undefined ? 0 : pauseSeconds(pause.duration);
  return [
    ...when(kinds.length === 0, path, `Step must have one of the following set: ${KINDS.join(', ')}`),
    ...when(
      kinds.filter((kind) => ALONE.has(kind)).length > 1,
      path,
      `Step must have only one of the following set: ${[...ALONE].join(', ')}`,
    ),
    ...when(
      setWeight !== undefined && (setWeight < 0 || setWeight > most),
      `${path}.setWeight`,
      `SetWeight needs to be between 0 and ${most}`,
    ),
    ...when(
      seconds === undefined || seconds < 0,
      `${path}.pause.duration`,
      'must be seconds, or a Go duration such as 30s or 5m, and not negative',
    ),
    ...when(
      setCanaryScale !== undefined && routing === undefined,
      `${path}.setCanaryScale`,
      'SetCanaryScale requires TrafficRouting to be set',
    ),
    ...(experiment === undefined ? [] : experimentFaults(scene, experiment, `${path}.experiment`)),
    ...when(
      plugin !== undefined,
      `${path}.plugin`,
      'steps of plugins are not run by this controller: use an analysis step',
    ),
    ...routeFaults(canary, setHeaderRoute?.name, setHeaderRoute !== undefined, `${path}.setHeaderRoute`),
    ...routeFaults(canary, setMirrorRoute?.name, setMirrorRoute !== undefined, `${path}.setMirrorRoute`),
  ];
}

function routeFaults(
  { trafficRouting: routing }: CanaryStrategy,
  name: string | undefined,
  isThere: boolean,
  path: string,
): readonly SpecFault[] {
  if (!isThere) return [];
  if (routing === undefined) return [{ path, message: 'a route requires TrafficRouting to be set' }];
  const isManaged = (routing.managedRoutes ?? []).some((route) => route.name === name);
  return when(
    !isManaged,
    `${path}.name`,
    'Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes',
  );
}
