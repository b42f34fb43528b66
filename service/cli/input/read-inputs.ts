import {
  type AnalysisRun,
  type AnalysisTemplate,
  type ClusterAnalysisTemplate,
  type Documents,
  DocumentTextError,
  type Fault,
  nearMiss,
  type ParsedDocument,
  parseDocuments,
  type RunRequest,
  validateDocument,
} from '../../../schemas/index.js';
import { usageError } from '../exit-code.js';
import type { CliIo } from '../io.js';
import { filesOf } from './files-of.js';
import { locate, type LocatedFault, type Place } from './located-fault.js';

/** A document of a file, its shape checked. */
export type Input =
  | { readonly kind: 'AnalysisTemplate'; readonly value: AnalysisTemplate; readonly place: Place }
  | {
      readonly kind: 'ClusterAnalysisTemplate';
      readonly value: ClusterAnalysisTemplate;
      readonly place: Place;
    }
  | { readonly kind: 'AnalysisRun'; readonly value: AnalysisRun; readonly place: Place }
  | { readonly kind: 'RunRequest'; readonly value: RunRequest; readonly place: Place };

/** A document in which only the names of some fields are wrong, without these fields. */
export interface Misnamed {
  readonly input: Input;
  /** Whether a fault follows from a name that is wrong, which is told already. */
  readonly isTold: (fault: Fault) => boolean;
}

/** What the files have. With errors, `inputs` lacks the faulty documents. */
export interface Inputs {
  readonly inputs: readonly Input[];
  /** Faulty documents that can still be looked at. */
  readonly misnamed: readonly Misnamed[];
  readonly errors: readonly LocatedFault[];
  readonly warnings: readonly LocatedFault[];
}

const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate', 'AnalysisRun'] as const;

/**
 * Reads the documents of all files, and of all files in directories, and checks their shapes. Objects of other kinds are skipped with a warning: manifests
 * often have several in one file.
 * @throws CliError (64) when a file can not be read.
 */
export async function readInputs(
  paths: readonly string[],
  io: Pick<CliIo, 'readText' | 'namesIn'>,
): Promise<Inputs> {
  const inputs: Input[] = [];
  const misnamed: Misnamed[] = [];
  const errors: LocatedFault[] = [];
  const warnings: LocatedFault[] = [];
  const files = await Promise.all(paths.map((path) => filesOf(path, io)));
  for (const path of files.flat()) {
    const source = path === '-' ? '<stdin>' : path;
    const text = await readText(path, source, io);
    const documents = parsed(text, source, errors);
    if (documents?.length === 0) errors.push({ source, path: '', message: 'there is no document in it' });
    for (const document of documents ?? []) {
      const outcome = readDocument(document, { source, text, position: (at) => document.position(at) });
      if (outcome.input !== undefined) inputs.push(outcome.input);
      if (outcome.misnamed !== undefined) misnamed.push(outcome.misnamed);
      errors.push(...outcome.errors);
      warnings.push(...outcome.warnings);
    }
  }
  return { inputs, misnamed, errors, warnings };
}

async function readText(path: string, source: string, io: Pick<CliIo, 'readText'>): Promise<string> {
  try {
    return await io.readText(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`${source}: can not be read: ${reason}`, { cause: error });
  }
}

function parsed(text: string, source: string, errors: LocatedFault[]): readonly ParsedDocument[] | undefined {
  try {
    return parseDocuments(text, { source });
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    for (const { message, position, excerpt } of error.faults) {
      errors.push({
        source,
        path: '',
        message,
        ...(position === undefined ? {} : { position }),
        ...(excerpt === undefined ? {} : { excerpt }),
      });
    }
    return undefined;
  }
}

interface Outcome {
  readonly input?: Input;
  readonly misnamed?: Misnamed;
  readonly errors: readonly LocatedFault[];
  readonly warnings: readonly LocatedFault[];
}

function readDocument(document: ParsedDocument, place: Place): Outcome {
  switch (kindOf(document)) {
    case 'AnalysisTemplate':
      return checked('AnalysisTemplate', document, place, (value) => ({
        kind: 'AnalysisTemplate',
        value,
        place,
      }));
    case 'ClusterAnalysisTemplate':
      return checked('ClusterAnalysisTemplate', document, place, (value) => ({
        kind: 'ClusterAnalysisTemplate',
        value,
        place,
      }));
    case 'AnalysisRun':
      return checked('AnalysisRun', document, place, (value) => ({ kind: 'AnalysisRun', value, place }));
    case 'RunRequest':
      return checked('RunRequest', document, place, (value) => ({ kind: 'RunRequest', value, place }));
    case undefined:
      return unknownKind(document, place);
  }
}

/** The kind under which a document is validated; a run request has none but its templates. */
function kindOf({ kind, value }: ParsedDocument): Input['kind'] | undefined {
  if (kind !== undefined) return KINDS.find((known) => known === kind);
  const isRequest = typeof value === 'object' && value !== null && Object.hasOwn(value, 'templates');
  return isRequest ? 'RunRequest' : undefined;
}

function checked<Kind extends Input['kind']>(
  kind: Kind,
  document: ParsedDocument,
  place: Place,
  asInput: (value: Documents[Kind]) => Input,
): Outcome {
  const { value, errors, warnings, beyond } = validateDocument(kind, document.value);
  return {
    ...(value === undefined ? {} : { input: asInput(value) }),
    ...(beyond === undefined
      ? {}
      : { misnamed: { input: asInput(beyond.document), isTold: ({ path }) => beyond.meant.has(path) } }),
    errors: errors.map((fault) => locate(place, fault)),
    warnings: warnings.map((fault) => locate(place, fault)),
  };
}

function unknownKind({ kind }: ParsedDocument, place: Place): Outcome {
  if (kind === undefined) {
    const message = `is neither one of ${KINDS.join(', ')} (kind is missing) nor a run request (templates is missing)`;
    return { errors: [locate(place, { path: '', message })], warnings: [] };
  }
  const meant = nearMiss(kind, KINDS);
  if (meant !== undefined) {
    const message = `unknown kind "${kind}": did you mean ${meant}?`;
    return { errors: [locate(place, { path: 'kind', message })], warnings: [] };
  }
  return {
    errors: [],
    warnings: [locate(place, { path: 'kind', message: `skipped: ${kind} is nothing to measure` })],
  };
}
