import { type Request, type Response, Router } from 'express';
import {
  type AnalysisTemplateList,
  API_VERSION,
  faultsBeyond,
  type ParsedDocument,
  type ProviderConfigs,
  validateDocument,
  type Validation,
  type ValidationReport,
} from '../../../schemas/index.js';
import { type Lintable, lintAmong } from '../../analysis/index.js';
import { allowOnly } from '../allow-only.js';
import { readDocumentToCheck, type TemplatesOf } from '../auth/index.js';
import { namespaceIn, queryOf } from '../query.js';
import { bodyReader } from '../read-body.js';
import { RequestError } from '../request-error.js';
import { type KnownTemplates, templatesFor, usableFrom } from './known-templates.js';

const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate', 'AnalysisRun'] as const;
const TEMPLATE_KINDS: readonly string[] = ['AnalysisTemplate', 'ClusterAnalysisTemplate'];

/** Routes of `/v1/analysistemplates`. `names`: servers and plugins that metrics may name, to be looked at by `validate`. */
export function templateRoutes(templatesOf: TemplatesOf, names?: ProviderConfigs): Router {
  const router = Router();
  router
    .route('/')
    .get(async (request, response) => {
      response.json(await listTemplates(templatesOf(request), request));
    })
    .all(allowOnly('GET'));
  router
    .route('/validate')
    .post(...bodyReader(), async (request: Request, response: Response) => {
      response.json(await reportOn(readDocumentToCheck(request), templatesOf(request), names));
    })
    .all(allowOnly('POST'));
  return router;
}

async function listTemplates(known: KnownTemplates, request: Request): Promise<AnalysisTemplateList> {
  const query = queryOf(request, ['namespace', 'kind']);
  const { kind } = query;
  const namespace = namespaceIn(query);
  if (kind !== undefined && !TEMPLATE_KINDS.includes(kind))
    throw new RequestError(
      400,
      `kind: must be one of ${TEMPLATE_KINDS.join(', ')}, not ${JSON.stringify(kind)}`,
    );
  const listing = await known.list();
  const { templates, clusterTemplates } = namespace === undefined ? listing : usableFrom(listing, namespace);
  return {
    apiVersion: API_VERSION,
    kind: 'AnalysisTemplateList',
    items: [
      ...(kind === 'ClusterAnalysisTemplate' ? [] : templates),
      ...(kind === 'AnalysisTemplate' ? [] : clusterTemplates),
    ],
    errors: listing.errors,
  };
}

/** What is wrong with a template or a run. */
async function reportOn(
  { kind: given, value }: ParsedDocument,
  known: KnownTemplates,
  names: ProviderConfigs | undefined,
): Promise<ValidationReport> {
  const kind = KINDS.find((each) => each === given);
  if (kind === undefined) {
    const message = `must be one of ${KINDS.join(', ')}${given === undefined ? '' : `, not ${JSON.stringify(given)}`}`;
    return { valid: false, errors: [{ path: 'kind', message }], warnings: [], metrics: [] };
  }
  const validation: Validation<Lintable> = validateDocument(kind, value);
  const { errors, warnings, value: document } = validation;
  const listing = await known.list();
  const look = (given: Lintable): ValidationReport =>
    lintAmong(given, templatesFor(listing, given.metadata?.namespace), {
      where: 'among the templates of this service',
      ...(names === undefined ? {} : { names }),
    });
  if (document === undefined) {
    const further = faultsBeyond(validation, (given) => look(given).errors);
    return { valid: false, errors: [...errors, ...further], warnings, metrics: [] };
  }
  const report = look(document);
  return { ...report, warnings: [...warnings, ...report.warnings] };
}
