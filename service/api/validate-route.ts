import { type Request, type Response, Router } from 'express';
import { type ParsedDocument, validateDocument, type ValidationReport } from '../../schemas/index.js';
import { lint } from '../analysis/index.js';
import { allowOnly } from './allow-only.js';
import { bodyReader, readDocument } from './read-body.js';

const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate', 'AnalysisRun'] as const;

/** Routes of `/v1/analysistemplates`. */
export function templateRoutes(): Router {
  const router = Router();
  router
    .route('/validate')
    .post(...bodyReader(), (request: Request, response: Response) => {
      response.json(reportOn(readDocument(request)));
    })
    .all(allowOnly('POST'));
  return router;
}

/** What is wrong with a template or a run. Templates that it refers to are not followed: they are not in the body. */
function reportOn({ kind: given, value }: ParsedDocument): ValidationReport {
  const kind = KINDS.find((each) => each === given);
  if (kind === undefined) {
    const message = `must be one of ${KINDS.join(', ')}${given === undefined ? '' : `, not ${JSON.stringify(given)}`}`;
    return { valid: false, errors: [{ path: 'kind', message }], warnings: [], metrics: [] };
  }
  const { errors, warnings, value: document } = validateDocument(kind, value);
  if (document === undefined) return { valid: false, errors, warnings, metrics: [] };
  const report = lint(document);
  return { ...report, warnings: [...warnings, ...report.warnings] };
}
