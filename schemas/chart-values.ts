import { type TSchema, Type } from 'typebox';
import { ConfigSchema } from './config.js';
import { choice, flag, list, openObject, optional, shape, text, textMap } from './shape.js';

/** What the chart sets itself: in `config` it would be without effect. */
const OF_THE_CHART: ReadonlySet<string> = new Set(['port', 'redisUrl', 'tokensFile']);
/** Only the names: how values are written is the service's affair, which tells all that are wrong at its start. */
const settings: Readonly<Record<string, TSchema>> = Object.fromEntries(
  Object.entries(ConfigSchema.properties)
    .filter(([name]) => !OF_THE_CHART.has(name))
    .map(([name, { description = '' }]: readonly [string, TSchema & { readonly description?: string }]) => [
      name,
      Type.Optional(Type.Unknown({ description })),
    ]),
);

const whole = (description: string, minimum: number, maximum?: number) =>
  Type.Integer({ description, minimum, ...(maximum === undefined ? {} : { maximum }) });
const objects = (description: string) =>
  list(openObject('As Kubernetes or the service has it.'), description);
const port = whole('Port of the Service.', 1, 65_535);
const resources = openObject('Requests and limits of a container.');
const variables = objects('More variables of the container.');
const quantity = Type.String({
  description: 'Size of the volume, e.g. 1Gi.',
  pattern: '^[0-9]+(\\.[0-9]+)?([KMGTPE]i?|k|m)?$',
});

const AdmissionValues = shape('AdmissionValues', 'The admission webhook.', {
  enabled: optional(flag('Refuse what is faulty when it is applied.')),
  failurePolicy: optional(choice(['Ignore', 'Fail'], 'What holds while it can not be asked.')),
  existingSecret: optional(text('Secret with its certificate.')),
  caBundle: optional(text('Authority of the certificate (PEM).')),
  certManagerIssuer: optional(openObject('Issuer of cert-manager.')),
});

const ControllerValues = shape('ControllerValues', 'The controller beside the service.', {
  enabled: optional(flag('Run it.')),
  clusterName: optional(text('Name of this cluster.')),
  server: optional(text('The service of another cluster.')),
  instanceId: optional(text('Only objects with this instance id.')),
  namespaced: optional(flag('Only the namespace of the release.')),
  apiVersions: shape('ApiVersionValues', 'Versions of APIs that clusters have in several.', {
    istio: optional(text('Version of Istio’s networking API.')),
    trafficSplit: optional(text('Version of SMI’s split API.')),
    traefik: optional(text('Group and version of Traefik’s API.')),
  }),
  trafficPlugins: optional(textMap('Addresses of traffic plugins by their names.')),
  notifications: optional(openObject('Who is told of Rollouts.')),
  notificationsSecret: optional(text('Secret whose keys are files for notifications.')),
  env: optional(variables),
  admission: AdmissionValues,
  heapMiB: optional(whole('MiB that objects may take.', 16)),
  resources: optional(resources),
});

/**
 * The values of the chart: Helm refuses what is misspelt or can not be, with its path. What Kubernetes or the service
 * checks themselves is left to them.
 */
export const ChartValuesSchema = shape('ChartValues', 'Values of the chart.', {
  image: shape('ImageValues', 'The image.', {
    repository: optional(text('Repository of the image.', { minLength: 1 })),
    // Never a number, of which 1.10 is 1.1: quotes, or --set-string.
    tag: optional(text('Tag of the image.')),
    pullPolicy: optional(choice(['Always', 'IfNotPresent', 'Never'], 'When it is pulled.')),
  }),
  imagePullSecrets: optional(objects('Secrets to pull it with.')),
  replicas: optional(whole('Pods.', 0)),
  config: optional(shape('ConfigValues', 'Settings of the service.', settings)),
  env: optional(variables),
  redis: shape('RedisValues', 'The Redis of the chart, or yours.', {
    enabled: optional(flag('Bring a Redis.')),
    image: optional(text('Image of Redis.', { minLength: 1 })),
    storage: optional(quantity),
    storageClassName: optional(text('Class of the volume.')),
    maxMemory: optional(text('Memory for data, e.g. 384mb.', { pattern: '^([0-9]+([kKmMgG][bB]?)?)?$' })),
    resources: optional(resources),
    url: optional(text('Address of a Redis of yours.')),
    existingSecret: optional(text('Secret with that address.')),
  }),
  auth: shape('AuthValues', 'Who may ask.', {
    tokens: optional(objects('Tokens.')),
    oidc: optional(objects('Issuers.')),
    kubernetesRules: optional(objects('Rules for accounts of this cluster.')),
  }),
  providers: optional(
    shape('ProvidersValues', 'Servers by name, plugins and egress rules of namespaces.', {
      providers: optional(objects('The servers.')),
      plugins: optional(objects('The plugins.')),
      egress: optional(objects('Egress rules of namespaces.')),
      namedServersOnly: optional(list(text('A namespace.'), 'Namespaces whose metrics name no addresses.')),
    }),
  ),
  templates: optional(textMap('AnalysisTemplates as files.')),
  controller: ControllerValues,
  access: shape('AccessValues', 'What the service may do in the namespaces of runs.', {
    secrets: optional(flag('Read Secrets.')),
    jobs: optional(flag('Create Jobs.')),
    templates: optional(flag('Watch templates.')),
  }),
  service: shape('ServiceValues', 'The Service.', {
    type: optional(choice(['ClusterIP', 'NodePort', 'LoadBalancer'], 'Its type.')),
    port: optional(port),
    annotations: optional(textMap('Its annotations.')),
  }),
  resources: optional(resources),
  serviceAccount: shape('ServiceAccountValues', 'The account.', {
    name: optional(text('Its name.')),
    annotations: optional(textMap('Its annotations.')),
  }),
  podAnnotations: optional(textMap('Annotations of pods.')),
  podLabels: optional(textMap('Labels of pods.')),
  nodeSelector: optional(textMap('Nodes for pods.')),
  tolerations: optional(objects('Taints that pods bear.')),
  affinity: optional(openObject('Affinity of pods.')),
  topologySpreadConstraints: optional(objects('How pods are spread.')),
  priorityClassName: optional(text('Priority of pods.')),
  monitoring: shape('MonitoringValues', 'Monitors, rules and dashboard.', {
    serviceMonitor: optional(flag('A PodMonitor.')),
    rules: optional(flag('A PrometheusRule.')),
    dashboard: optional(flag('A ConfigMap with the dashboard.')),
    labels: optional(textMap('Labels of these.')),
  }),
  // Where the chart is a part of another one Helm adds the first, and conditions of it are written as the second.
  global: optional(openObject('Values of a chart that has this one in it.')),
  enabled: optional(flag('Whether a chart that has this one in it wants it.')),
});
