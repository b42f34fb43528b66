import { type Static, Type } from 'typebox';
import { AnalysisTemplateSchema, ClusterAnalysisTemplateSchema } from './analysis-template.js';
import { API_VERSION } from './kubernetes.js';
import { type Immutable, int32, list, optional, shape, text } from './shape.js';

/** Something that is wrong in a file of templates. */
export const TemplateFileFaultSchema = shape(
  'TemplateFileFault',
  'Something that is wrong in a file of templates, or with one of the cluster.',
  {
    file: text(
      'Name of the file in the directory, or kind and name of an object of the cluster. Empty: the directory, or the cluster, itself.',
    ),
    path: text('Where in the document, e.g. spec.metrics[0].interval. Empty: the whole document.'),
    message: text('What is wrong, and what to do.'),
    line: optional(int32('Line of the file, from 1.')),
    column: optional(int32('Column in the line, from 1.')),
  },
);
/** See {@link TemplateFileFaultSchema}. */
export type TemplateFileFault = Immutable<Static<typeof TemplateFileFaultSchema>>;

/** The templates that the service knows, and what is wrong in their files. */
export const AnalysisTemplateListSchema = shape(
  'AnalysisTemplateList',
  'The templates that the service knows.',
  {
    apiVersion: Type.Literal(API_VERSION, { description: 'API version.' }),
    kind: Type.Literal('AnalysisTemplateList', { description: 'Kind.' }),
    items: Type.Array(Type.Union([AnalysisTemplateSchema, ClusterAnalysisTemplateSchema]), {
      description: 'Templates of both kinds.',
    }),
    errors: list(
      TemplateFileFaultSchema,
      'What is wrong in the files. A template that can not be read is no item.',
    ),
  },
);
/** See {@link AnalysisTemplateListSchema}. */
export type AnalysisTemplateList = Immutable<Static<typeof AnalysisTemplateListSchema>>;
