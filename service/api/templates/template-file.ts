import {
  type AnalysisTemplate,
  API_VERSION,
  type ClusterAnalysisTemplate,
  DocumentTextError,
  type Fault,
  faultsBeyond,
  nearMiss,
  type ParsedDocument,
  parseDocuments,
  type TemplateFileFault,
  validateDocument,
  type Validation,
} from '../../../schemas/index.js';
import { lint } from '../../analysis/index.js';

const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate'] as const;

/** A template of a file; its shape is right. */
export interface FileTemplate {
  readonly file: string;
  /** With `apiVersion` and `kind`, whether or not the file has them. */
  readonly value: AnalysisTemplate | ClusterAnalysisTemplate;
  /** A fault of this template with its place in the file. */
  readonly fault: (fault: Fault) => TemplateFileFault;
}

/** What a file has. */
export interface TemplateFile {
  readonly templates: readonly FileTemplate[];
  readonly errors: readonly TemplateFileFault[];
}

/** Reads the templates of a text. Objects of other kinds are told as faults: nobody would look for them here. */
export function readTemplateFile(file: string, text: string): TemplateFile {
  const templates: FileTemplate[] = [];
  const errors: TemplateFileFault[] = [];
  for (const document of documentsOf(file, text, errors)) {
    const fault = ({ path, message }: Fault): TemplateFileFault => ({
      ...{ file, path, message },
      ...document.position(path),
    });
    const { value, faults } = templateOf(document);
    errors.push(...faults.map(fault));
    if (value !== undefined) templates.push({ file, value, fault });
  }
  return { templates, errors };
}

function documentsOf(file: string, text: string, errors: TemplateFileFault[]): readonly ParsedDocument[] {
  try {
    return parseDocuments(text);
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    errors.push(...error.faults.map(({ message, position }) => ({ file, path: '', message, ...position })));
    return [];
  }
}

interface Outcome {
  readonly value?: AnalysisTemplate | ClusterAnalysisTemplate;
  readonly faults: readonly Fault[];
}

function templateOf({ kind: given, value: document }: ParsedDocument): Outcome {
  const kind = KINDS.find((each) => each === given);
  if (kind === undefined)
    return { faults: [{ path: given === undefined ? '' : 'kind', message: noTemplate(given) }] };
  const validation: Validation<AnalysisTemplate | ClusterAnalysisTemplate> =
    kind === 'AnalysisTemplate'
      ? validateDocument(kind, document)
      : validateDocument('ClusterAnalysisTemplate', document);
  const { value, errors } = validation;
  if (value === undefined)
    return { faults: [...errors, ...faultsBeyond(validation, (template) => lint(template).errors)] };
  if (value.metadata?.name === undefined || value.metadata.name === '')
    return { faults: [{ path: 'metadata.name', message: 'is required: runs name the template by it' }] };
  return { value: { ...value, apiVersion: API_VERSION, kind }, faults: [] };
}

function noTemplate(kind: string | undefined): string {
  if (kind === undefined) return `kind is missing: must be one of ${KINDS.join(', ')}`;
  const meant = nearMiss(kind, KINDS);
  return meant === undefined
    ? `skipped: ${JSON.stringify(kind)} is no template`
    : `unknown kind ${JSON.stringify(kind)}: did you mean ${meant}?`;
}
