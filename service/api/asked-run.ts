import {
  type AnalysisRun,
  type Callback,
  type Fault,
  faultsBeyond,
  type ParsedDocument,
  type ProviderConfigs,
  type RunRequest,
  validateDocument,
  type Validation,
} from '../../schemas/index.js';
import { buildRun, lint, lintRequest, metadataFaults, planRequest, prepareRun } from '../analysis/index.js';
import { separateCallbacks } from '../delivery/index.js';
import { type TemplateListing, templatesFor } from './templates/known-templates.js';
import { invalidSpec } from './request-error.js';

/** What a body asks for. */
export interface AskedRun {
  readonly run: AnalysisRun;
  readonly callbacks: readonly Callback[];
  /** What is probably not meant. */
  readonly warnings: readonly Fault[];
  /** What the run was built from, if it was. */
  readonly request?: RunRequest;
}

/**
 * The run that a body asks for: an AnalysisRun object, or a run request (a body without `kind`). A status that comes
 * along is left out: it says nothing of the new run; callbacks that its annotation names are taken out of it.
 * @param names servers and plugins that metrics may name; undefined: they are not looked at.
 * @throws RequestError (422) with every fault. Paths that begin with `spec.` are those of the run.
 */
export function askedRun(
  { kind, value }: ParsedDocument,
  templates: TemplateListing,
  names?: ProviderConfigs,
): AskedRun {
  const request = kind === undefined ? asRequest(value, templates, names) : undefined;
  const asked = request === undefined ? ofObject(kind, value, names) : ofRequest(request, templates, names);
  const { run, callbacks, faults } = separateCallbacks(asked, request?.callbacks);
  const { errors, warnings } = lint(run, names === undefined ? {} : { names });
  refuse([...metadataFaults(run.metadata ?? {}), ...errors, ...faults]);
  const preparation = prepareRun(run.spec);
  if (!preparation.ok) throw invalidSpec([{ path: '', message: preparation.message }]);
  return { run, callbacks, warnings, ...(request === undefined ? {} : { request }) };
}

/** The run request of a body whose shape is right, whether or not a run can be built from it; undefined: it is none. */
export const requestOf = ({ kind, value }: ParsedDocument): RunRequest | undefined =>
  kind === undefined ? validateDocument('RunRequest', value).value : undefined;

function ofObject(kind: string | undefined, value: unknown, names?: ProviderConfigs): AnalysisRun {
  if (kind !== 'AnalysisRun') {
    const message = `must be AnalysisRun, or absent for a run request with templates, not ${JSON.stringify(kind)}`;
    throw invalidSpec([{ path: 'kind', message }]);
  }
  const validation = validateDocument('AnalysisRun', value);
  const { status: _status, ...run } = valid(validation, (given) => faultsOfRun(given, names));
  // lint tells a run from a template by its kind.
  return { ...run, kind: 'AnalysisRun' };
}

function asRequest(value: unknown, listing: TemplateListing, names?: ProviderConfigs): RunRequest {
  return valid(validateDocument('RunRequest', value), (request) => [
    ...lintRequest(request, templatesFor(listing, request.metadata?.namespace), names),
    ...faultsBesideSpecs(request),
  ]);
}

const faultsOfRun = (run: AnalysisRun, names?: ProviderConfigs): readonly Fault[] => [
  ...metadataFaults(run.metadata ?? {}),
  ...lint({ ...run, kind: 'AnalysisRun' }, names === undefined ? {} : { names }).errors,
  ...separateCallbacks(run).faults,
];

/** What is wrong with a request from which no run can be built, beside its templates and arguments. */
const faultsBesideSpecs = ({ metadata = {}, callbacks }: RunRequest): readonly Fault[] => [
  ...metadataFaults(metadata),
  ...separateCallbacks({ kind: 'AnalysisRun', metadata, spec: { metrics: [] } }, callbacks).faults,
];

/** The document, if its shape is right. @param look what is wrong beyond the names of fields, which is told with them. */
function valid<Document>(
  validation: Validation<Document>,
  look: (document: Document) => readonly Fault[],
): Document {
  const { value, errors } = validation;
  if (value === undefined) throw invalidSpec([...errors, ...faultsBeyond(validation, look)]);
  return value;
}

function ofRequest(request: RunRequest, listing: TemplateListing, names?: ProviderConfigs): AnalysisRun {
  const known = templatesFor(listing, request.metadata?.namespace);
  const plan = planRequest(request, known);
  // A reference that leads nowhere is told by lint as well, nearer to its place.
  const faults = lintRequest(request, known, names);
  const all = [...(plan.ok ? [] : plan.faults.filter((fault) => !isTold(fault, faults))), ...faults];
  if (all.length > 0) throw invalidSpec([...all, ...faultsBesideSpecs(request)]);
  if (!plan.ok) throw invalidSpec(plan.faults);
  const built = buildRun(plan.ingredients);
  if (built.ok) return built.run;
  const path = built.message.startsWith('args.') ? 'args' : 'templates';
  throw invalidSpec([{ path, message: built.message }, ...faultsBesideSpecs(request)]);
}

const isTold = ({ path, message }: Fault, faults: readonly Fault[]): boolean =>
  faults.some((fault) => fault.message === message && fault.path.startsWith(`${path}.`));

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalidSpec(faults);
}
