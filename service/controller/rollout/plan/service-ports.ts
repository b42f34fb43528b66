import { isList, isObject } from '../../../../schemas/index.js';
import type { Json } from '../types.js';

/** A port of a Service, under the number that its pods have it. */
export interface ServicePort {
  readonly name?: string;
  readonly protocol?: string;
  readonly port: number;
  readonly targetPort: number;
}

/** The ports of a Service of an experiment: all that its pods have. */
export function servicePorts(template: Json): readonly ServicePort[] {
  const spec = isObject(template['spec']) ? template['spec'] : {};
  const containers = isList(spec['containers']) ? spec['containers'].filter(isObject) : [];
  return containers.flatMap(({ ports }) =>
    (isList(ports) ? ports.filter(isObject) : []).flatMap(({ name, protocol, containerPort }) => {
      if (typeof containerPort !== 'number') return [];
      return [
        {
          ...(typeof name === 'string' ? { name } : {}),
          ...(typeof protocol === 'string' ? { protocol } : {}),
          ...{ port: containerPort, targetPort: containerPort },
        },
      ];
    }),
  );
}
