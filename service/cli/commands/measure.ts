import type { AnalysisPhase, ExplainedMeasurement } from '../../../schemas/index.js';
import { isWorse, prepareRun } from '../../analysis/index.js';
import type { CliDeps } from '../deps.js';
import { type ExitCode, exitCodeOf, usageError } from '../exit-code.js';
import { planRun, type SpecOptions } from '../input/plan-run.js';
import { isColorful } from '../io.js';
import { explanationLines } from '../output/explanation.js';
import { renderObject } from '../output/index.js';
import { type Colors, colorsWhen, inPhaseColor, PHASE_SIGN } from '../phase-style.js';
import { printable } from '../printable.js';

/** A measurement and what was measured. */
interface Measured {
  readonly metric: string;
  readonly measurement: ExplainedMeasurement;
}

/**
 * `assay measure`: takes one measurement of each chosen metric now, whatever its schedule, and answers the exit code of
 * the worst. For trying a query and its conditions out: it shows what each part of a condition came to.
 * @throws CliError when the input can not be used.
 */
export async function measureCommand(
  options: SpecOptions & { readonly output: 'text' | 'json' | 'yaml' },
  deps: CliDeps,
): Promise<ExitCode> {
  const { io } = deps;
  const run = await planRun(options, io, (await deps.readNames()) ?? {});
  const preparation = prepareRun(run.spec);
  if (!preparation.ok) throw usageError(preparation.message);
  const assay = await deps.openEmbedded();
  let measured: readonly Measured[];
  try {
    measured = await Promise.all(
      preparation.run.metrics.map(async (prepared) => ({
        metric: prepared.metric.name,
        measurement: await assay.measureOnce(prepared, run, io.interrupt),
      })),
    );
  } finally {
    await assay.close();
  }
  if (options.output === 'text') io.out.write(measuredText(measured, colorsWhen(isColorful(io.out, io.env))));
  else io.out.write(renderObject(measured, options.output));
  return exitCodeOf(worstPhase(measured));
}

/** What is told of an Error beside its message; the metric stands above it. */
const FAILURE_PARTS = ['provider', 'asked', 'answered', 'advice'] as const;

function measuredText(measured: readonly Measured[], colors: Colors): string {
  return measured
    .map(({ metric, measurement: { phase, value, message, metadata, explain, failure } }) => {
      const details = [
        ...(value === undefined || value === '' ? [] : [['value', value] as const]),
        ...(message === undefined || message === '' ? [] : [['message', message] as const]),
        ...Object.entries(metadata ?? {}),
        ...FAILURE_PARTS.flatMap((name) =>
          failure?.[name] === undefined ? [] : [[name, failure[name]] as const],
        ),
      ];
      const head = inPhaseColor(phase, `${PHASE_SIGN[phase]} ${printable(metric)} ${phase}`, colors);
      const lines = [
        ...details.map(([name, text]) => `${printable(name)}: ${printable(text)}`),
        ...explanationLines(explain),
      ];
      return [head, ...lines.map((line) => `  ${line}`), ''].join('\n');
    })
    .join('');
}

const worstPhase = (measured: readonly Measured[]): AnalysisPhase =>
  measured
    .map(({ measurement }) => measurement.phase)
    .reduce<AnalysisPhase>((worst, phase) => (worst === '' || isWorse(worst, phase) ? phase : worst), '');
