/**
 * `assay controller` as it was built, with the service account of a pod in the folder that is its argument: where that is can not be
 * set, as every pod has it in the same place. Plain JavaScript, so that nothing is loaded but what a pod loads.
 */
const BUILT = new URL('../../../dist/service/', import.meta.url);
const built = (path) => import(new URL(path, BUILT).href);

const [{ nodeIo, runCli }, { VERSION }] = await Promise.all([
  built('cli/index.js'),
  built('platform/version.js'),
]);
const io = nodeIo();
process.exitCode = await runCli(['controller'], {
  ...{ io, version: VERSION, clock: { nowMs: () => Date.now() } },
  openController: async (flags) => {
    const { readSettings, startController } = await built('controller/index.js');
    const { createLog } = await built('platform/index.js');
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, ...env } = io.env;
    // The kubeconfig is never read.
    const settings = readSettings({ ...env, KUBECONFIG: 'none' }, flags);
    const credentials = { kind: 'serviceAccount', host, port, folder: process.argv[2] };
    return startController({ ...settings, credentials }, createLog({ level: settings.logLevel }));
  },
});
