import {
  buildRun,
  flattenTemplates,
  mergeArgs,
  TemplateError,
  uniqueTemplates,
} from '../../../service/analysis/index.js';
import type { AnalysisRun, ObjectMeta } from '../../../schemas/index.js';
import { casesOf, judge, recordOf, textOf, type VectorCase } from '../judge.js';
import { fieldOf, withoutNulls } from '../kubernetes-json.js';
import type { VectorRunner } from '../runner.js';

/** templates.json: templates put together, or the whole error. */
export const runner: VectorRunner = {
  file: /^templates\.json$/,
  run: ({ json }) =>
    Promise.resolve(casesOf(json).map((item) => judge(item, recordOf(item, 'expect'), outcome(item)))),
};

function outcome(item: VectorCase): Record<string, unknown> {
  try {
    return done(textOf(item, 'op'), recordOf(item, 'in'));
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

function done(op: string, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const templates = fieldOf(input, 'templates');
  const clusterTemplates = fieldOf(input, 'clusterTemplates');
  switch (op) {
    case 'FlattenTemplates':
      return { spec: flattenTemplates(templates, clusterTemplates) };
    case 'MergeArgs':
      return {
        args: mergeArgs(fieldOf(input, 'incomingArgs'), fieldOf(input, 'templateArgs')),
      };
    case 'NewAnalysisRunFromTemplates': {
      const built = buildRun({
        templates,
        clusterTemplates,
        args: fieldOf(input, 'args'),
        dryRun: fieldOf(input, 'dryRun'),
        measurementRetention: fieldOf(input, 'measurementRetention'),
        metadata: metadataOf(input),
      });
      return built.ok ? { analysisRun: shown(built.run) } : { error: built.message };
    }
    case 'FilterUniqueTemplates': {
      const unique = uniqueTemplates({ templates, clusterTemplates });
      return {
        templates: unique.templates.map(nameOf),
        clusterTemplates: unique.clusterTemplates.map(nameOf),
      };
    }
    default:
      throw new TypeError(`unknown op ${op}`);
  }
}

/** The recorded call has the parts of the metadata one by one; empty ones are not set. */
function metadataOf(input: Readonly<Record<string, unknown>>): ObjectMeta {
  const parts = ['name', 'generateName', 'namespace', 'labels', 'annotations'].flatMap((field) => {
    const value = withoutNulls(input[field] ?? '');
    return value === '' ? [] : [[field, value] as const];
  });
  return Object.fromEntries(parts);
}

/** The parts that were recorded; there, absent lists are empty. */
function shown({ metadata, spec }: AnalysisRun): Record<string, unknown> {
  return { metadata, spec: { args: [], dryRun: [], measurementRetention: [], ...spec } };
}

function nameOf({ metadata }: { readonly metadata?: ObjectMeta }): string {
  return metadata?.name ?? '';
}
