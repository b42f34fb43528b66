import { isObject } from '../../../schemas/index.js';
import { fieldAt, objectsAt, textAt, withField } from './fields.js';
import type { Json, ObjectRef } from './world.js';

/** Where an Ingress is. */
export const ingressRef = (namespace: string, name: string): ObjectRef => ({
  ...{ group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', kind: 'Ingress' },
  ...{ namespace, name },
});

/** Name of the service of a path of an Ingress; empty: it goes to something else. */
export const serviceOf = (path: Json): string => textAt(path, 'backend.service.name');

/** Paths of a rule of an Ingress. */
export const pathsOf = (rule: Json): readonly Json[] => objectsAt(rule, 'http.paths') ?? [];

/** Rules of an Ingress. */
export const rulesOf = (ingress: Json): readonly Json[] => objectsAt(ingress, 'spec.rules') ?? [];

/** Whether a rule of the Ingress goes to the service. */
export const goesTo = (ingress: Json, service: string): boolean =>
  rulesOf(ingress).some((rule) => pathsOf(rule).some((path) => serviceOf(path) === service));

/** The rule with other paths. */
export const withPaths = (rule: Json, paths: readonly Json[]): Json =>
  isObject(fieldAt(rule, 'http')) ? withField(rule, 'http.paths', paths) : rule;
