import { Command } from 'commander';
import type { LintOptions } from './commands/lint.js';
import type { RunOptions } from './commands/run.js';
import type { DemoOptions } from './demo/demo.js';
import { PACES, parsePace } from './demo/pace.js';
import type { ControllerFlags } from '../platform/index.js';
import type { CliDeps, ServeFlags } from './deps.js';
import type { ExitCode } from './exit-code.js';
import type { SpecOptions } from './input/plan-run.js';
import { OUTPUT_FORMATS } from './output/formats.js';
import {
  fileOption,
  outputOption,
  TOKEN_HELP,
  VERDICT_EXIT_CODES,
  withNamedTemplateOptions,
  withSpecOptions,
} from './program-options.js';
import { addRolloutCommands } from './rollouts-program.js';
import { addServerCommands } from './server-program.js';

const RUN_EXAMPLES = `
Examples:
  assay run -f template.yaml --arg service=checkout
  assay run -f template.yaml --timeout 10m --output junit > report.xml
  assay run -f template.yaml --server https://assay.example.com
  assay run --server https://assay.example.com --template error-rate --arg service=checkout
  kubectl get analysistemplate error-rate -o yaml | assay run -f -`;

/**
 * The commands. `finish` is told the exit code. A command's own code is loaded when it is called: `--help` must not wait
 * for what only measurements need.
 */
export function createProgram(deps: CliDeps, finish: (code: ExitCode) => void): Command {
  const { io, version } = deps;
  const program = new Command('assay')
    .description('Measures and judges releases: Argo AnalysisTemplates in, one verdict out.')
    .version(version)
    .configureOutput({
      writeOut: (text) => {
        io.out.write(text);
      },
      writeErr: (text) => {
        io.err.write(text);
      },
      getOutHelpWidth: () => io.out.columns,
      getErrHelpWidth: () => io.err.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();

  withNamedTemplateOptions(withSpecOptions(program.command('run'), fileOption()))
    .description('Measure until there is a verdict: in this process, or at a server.')
    .option('--server <url>', 'run at this server (ASSAY_SERVER); default: in this process')
    .option('--timeout <duration>', 'terminate the run after this time, e.g. 10m')
    .addOption(outputOption(OUTPUT_FORMATS))
    .addHelpText('after', `${VERDICT_EXIT_CODES}\n${TOKEN_HELP}\n${RUN_EXAMPLES}`)
    .action(async (options: RunOptions) => {
      const { runCommand } = await import('./commands/run.js');
      finish(await runCommand(options, deps));
    });

  withSpecOptions(program.command('measure'), fileOption().makeOptionMandatory())
    .description(
      'Take one measurement of each metric now, judge it, and show what each part of a condition came to.',
    )
    .addOption(outputOption(['text', 'json', 'yaml']))
    .addHelpText('after', VERDICT_EXIT_CODES)
    .action(async (options: SpecOptions & { readonly output: 'text' | 'json' | 'yaml' }) => {
      const { measureCommand } = await import('./commands/measure.js');
      finish(await measureCommand(options, deps));
    });

  program
    .command('lint')
    // As the call of the API that does the same.
    .alias('validate')
    .description('Find what is wrong with templates and runs, without measuring.')
    .requiredOption(
      '-f, --file <files...>',
      'YAML or JSON files, or directories of such; - is standard input',
    )
    .addOption(outputOption(['text', 'json']))
    .addHelpText('after', '\nExit codes:\n  0 no errors (there may be warnings)   64 errors')
    .action(async (options: LintOptions) => {
      const { lintCommand } = await import('./commands/lint.js');
      finish(await lintCommand(options, deps));
    });

  addServerCommands(program, deps, finish);
  addRolloutCommands(program, deps, finish);

  program
    .command('serve')
    .description('Answer HTTP requests and measure, until told to end.')
    .option('--port <number>', 'port to listen on (ASSAY_PORT)')
    .option('--host <address>', 'address to listen on (ASSAY_HOST)')
    .option('--role <roles>', 'what this process does: api, worker or api,worker (ASSAY_ROLE)')
    .action(async (options: ServeFlags) => {
      const { serveCommand } = await import('./commands/serve.js');
      finish(await serveCommand(options, deps));
    });

  program
    .command('controller')
    .description(
      'Bring the AnalysisRuns of a Kubernetes cluster to a server and its verdicts back, until told to end.',
    )
    .option('--server <url>', 'the server (ASSAY_SERVER); default: http://127.0.0.1:8080')
    .option('--cluster-name <name>', 'name of this cluster at the server (ASSAY_CLUSTER_NAME)')
    .option('--kubeconfig <path>', 'kubeconfig (KUBECONFIG); default: the service account of the pod')
    .option('--namespaced', 'only the namespace of the controller itself (ASSAY_CONTROLLER_NAMESPACED)')
    .option('--namespace <name>', 'only this namespace (ASSAY_CONTROLLER_NAMESPACE)')
    .option('--instance-id <id>', 'only objects with this instance id (ASSAY_INSTANCE_ID)')
    .option('--leader-elect', 'work only while a lease is held, which is the default')
    .option('--no-leader-elect', 'do not wait for a lease: there is one replica (ASSAY_LEADER_ELECT=false)')
    .option(
      '--traffic-plugin <name=url>',
      'a traffic plugin, and where it is; may be given again (ASSAY_TRAFFIC_PLUGINS)',
      (plugin: string, plugins: readonly string[] | undefined) => [...(plugins ?? []), plugin],
    )
    .option('--notifications <file>', 'who is told of Rollouts, and how (ASSAY_NOTIFICATIONS_FILE)')
    .option('--istio-api-version <version>', 'default: v1alpha3 (ASSAY_ISTIO_API_VERSION)')
    .option('--traffic-split-api-version <version>', 'default: v1alpha1 (ASSAY_TRAFFIC_SPLIT_API_VERSION)')
    .option('--traefik-api-group <group>', 'default: traefik.io (ASSAY_TRAEFIK_API_GROUP)')
    .option('--traefik-api-version <version>', 'default: v1alpha1 (ASSAY_TRAEFIK_API_VERSION)')
    .option(
      '--admission-certificates <folder>',
      'run an admission webhook with tls.crt and tls.key of this folder (ASSAY_ADMISSION_CERTIFICATES)',
    )
    .option('--admission-port <number>', 'its port; default: 8443 (ASSAY_ADMISSION_PORT)')
    .option('--port <number>', 'port of probes and metrics (ASSAY_CONTROLLER_PORT)')
    .option('--log-level <level>', 'least level that is logged (ASSAY_LOG_LEVEL)')
    .addHelpText('after', `\n${TOKEN_HELP}`)
    .action(async (options: ControllerFlags) => {
      const { controllerCommand } = await import('./commands/controller.js');
      finish(await controllerCommand(options, deps));
    });

  program
    .command('demo')
    .description('Show, on this machine only, how a good version is promoted and a bad one rolled back.')
    .option('--pace <factor>', `how many times as fast as usual it goes, ${PACES}`, parsePace, 1)
    .addHelpText('after', '\nExit codes:\n  0 it went that way   1 it did not   130 interrupted')
    .action(async (options: DemoOptions) => {
      const { demoCommand } = await import('./demo/demo.js');
      finish(await demoCommand(options, deps));
    });
  return program;
}
