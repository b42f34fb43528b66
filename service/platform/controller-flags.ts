/** Settings of `assay controller` that may be given as flags, as texts. They win over the environment. */
export type ControllerFlags = Readonly<
  Partial<
    Record<
      | 'server'
      | 'clusterName'
      | 'namespace'
      | 'instanceId'
      | 'port'
      | 'kubeconfig'
      | 'logLevel'
      | 'istioApiVersion'
      | 'trafficSplitApiVersion'
      | 'traefikApiGroup'
      | 'traefikApiVersion'
      | 'admissionCertificates'
      | 'admissionPort'
      | 'notifications',
      string
    >
  > & {
    readonly namespaced?: boolean;
    readonly leaderElect?: boolean;
    /** NAME=URL each. */
    readonly trafficPlugin?: readonly string[];
  }
>;
