import { isList, isObject, type RolloutSpec } from '../../../../schemas/index.js';
import { goJsonOfPodTemplate } from '../pod-template/go-json.js';
import type { Json, ReplicaSet } from '../types.js';
import { withoutAntiAffinity } from './anti-affinity.js';
import { withoutMetadata } from './ephemeral-metadata.js';
import { HASH_LABEL } from './names.js';

/**
 * Whether a ReplicaSet runs this pod template: but for what the controller itself has put into it, and for fields that the
 * API server fills in (k8s.io/kubernetes, `pkg/apis/core/v1/defaults.go`).
 */
export function sameTemplate(set: ReplicaSet, template: Json, spec: RolloutSpec): boolean {
  const live = withoutAntiAffinity(withoutMetadata(set), spec);
  return comparable(live) === comparable(template);
}

const comparable = (template: Json): string => goJsonOfPodTemplate(plain(template));

function plain(template: Json): Json {
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  const { [HASH_LABEL]: _hash, ...rest } = labels;
  const spec = isObject(template['spec']) ? template['spec'] : {};
  return { metadata: { ...metadata, labels: rest, creationTimestamp: null }, spec: plainPodSpec(spec) };
}

type Defaults = Readonly<Record<string, unknown>>;

const POD: Defaults = {
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
};
const CONTAINER: Defaults = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
/** Fields that have one meaning wherever they are, and their defaults. */
const ANYWHERE: Defaults = {
  protocol: 'TCP',
  defaultMode: 420,
  scheme: 'HTTP',
  divisor: '0',
};
const PROBE: Defaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const HTTP_GET: Defaults = { path: '/' };
const FIELD_REF: Defaults = { apiVersion: 'v1' };
const TOKEN: Defaults = { expirationSeconds: 3600 };
const HOST_PATH: Defaults = { type: '' };

/** Defaults of what stands under a name. */
const UNDER: Readonly<Record<string, Defaults>> = {
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  httpGet: HTTP_GET,
  fieldRef: FIELD_REF,
  serviceAccountToken: TOKEN,
  hostPath: HOST_PATH,
};
const CONTAINERS = ['containers', 'initContainers'] as const;

function plainPodSpec(spec: Json): Json {
  // The older name of serviceAccountName, which the API server keeps equal to it.
  const { serviceAccount: _older, securityContext, ...rest } = spec;
  const context =
    isObject(securityContext) && Object.keys(securityContext).length > 0 ? { securityContext } : {};
  const containers = CONTAINERS.map((name) => [name, plainContainers(spec[name])] as const);
  const others = without({ ...rest, ...context }, POD);
  return plainValue({ ...others, ...Object.fromEntries(containers) }, '') as Json;
}

const plainContainers = (value: unknown): unknown =>
  isList(value) ? value.map((each) => (isObject(each) ? plainContainer(each) : each)) : value;

function plainContainer(container: Json): Json {
  const { imagePullPolicy, resources, ...rest } = without(container, CONTAINER);
  const policy = imagePullPolicy === defaultPullPolicy(rest['image']) ? {} : { imagePullPolicy };
  return { ...rest, ...policy, ...(isObject(resources) ? { resources: plainResources(resources) } : {}) };
}

/** Requests default to limits, resource by resource. */
function plainResources(resources: Json): Json {
  const { limits, requests } = resources;
  return isObject(limits)
    ? { ...resources, requests: { ...limits, ...(isObject(requests) ? requests : {}) } }
    : resources;
}

function defaultPullPolicy(image: unknown): string {
  const name = typeof image === 'string' ? image : '';
  if (name.includes('@')) return 'IfNotPresent';
  const last = name.slice(name.lastIndexOf('/') + 1);
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function plainValue(value: unknown, under: string): unknown {
  if (isList(value)) return value.map((each) => plainValue(each, under));
  if (!isObject(value)) return value;
  const kept = Object.entries(without(value, { ...ANYWHERE, ...UNDER[under] }));
  return Object.fromEntries(kept.map(([name, field]) => [name, plainValue(field, name)]));
}

const without = (value: Json, defaults: Defaults): Json =>
  Object.fromEntries(
    Object.entries(value).filter(([name, field]) => !(name in defaults && defaults[name] === field)),
  );
