import type { CanaryStep, CanaryStrategy } from '../../../../schemas/index.js';
import { pauseSeconds } from './moments.js';
import type { Scene } from './scene.js';
import type { SpecFault } from './spec-fault.js';
import { maxWeight } from './steps.js';

type Experiment = NonNullable<CanaryStep['experiment']>;

/** All that is wrong with an experiment step by itself. */
export function experimentFaults(scene: Scene, experiment: Experiment, path: string): readonly SpecFault[] {
  const { templates, duration = '' } = experiment;
  const names = templates.map(({ name }) => name);
  const weights = templates.reduce((sum, { weight = 0 }) => sum + weight, 0);
  const isDuration = duration === '' || (!/^\d+$/.test(duration) && pauseSeconds(duration) !== undefined);
  const of = (index: number, field: string): string => `${path}.templates[${index}].${field}`;
  return [
    ...templates.flatMap(({ name, specRef, weight }, index) => [
      ...when(name === '', of(index, 'name'), 'must not be empty'),
      ...when(names.indexOf(name) < index, of(index, 'name'), `'${name}' is the name of another template`),
      ...when(
        specRef !== 'stable' && specRef !== 'canary',
        of(index, 'specRef'),
        `must be canary or stable, not '${specRef}'`,
      ),
      ...weightFaults(scene.canary, weight, of(index, 'weight')),
    ]),
    ...when(
      weights > maxWeight(scene),
      `${path}.templates`,
      `their weights must not be above ${maxWeight(scene)} together`,
    ),
    ...when(!isDuration, `${path}.duration`, `must be a Go duration such as 30s or 5m, not '${duration}'`),
  ];
}

function weightFaults(
  canary: CanaryStrategy | undefined,
  weight: number | undefined,
  path: string,
): readonly SpecFault[] {
  if (weight === undefined) return [];
  const routing = canary?.trafficRouting;
  if (routing === undefined)
    return when(true, path, 'Experiment template weight cannot be set unless TrafficRouting is enabled');
  const { alb, smi, istio, plugins } = routing;
  return when(
    [alb, smi, istio, plugins].every((router) => router === undefined),
    path,
    'Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time',
  );
}

const when = (isFault: boolean, path: string, message: string): readonly SpecFault[] =>
  isFault ? [{ path, message }] : [];
