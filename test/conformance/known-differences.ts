/** Scenarios that fail, and why that is meant. One that passes nevertheless fails the run, so that the list stays true. */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  [
    'AWSSuite/TestALBCanaryUpdateMultiIngress',
    'its Rollout names a root service that its Ingresses have no path to, which Argo Rollouts refuses as well; the suite skips it where no load balancer of AWS is',
  ],
]);
