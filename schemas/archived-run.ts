import { type Static, Type } from 'typebox';
import { AnalysisRunSchema } from './analysis-run.js';
import { DeliverySchema } from './problem.js';
import { type Immutable, list, optional, shape, text } from './shape.js';

/**
 * A completed run as evidence: what the archive keeps of it, one JSON text each. A run is kept again when its deliveries
 * went on after its verdict: of two with one `id` and `incarnation` the one with the higher `version` holds.
 */
export const ArchivedRunSchema = shape('ArchivedRun', 'A completed run as the archive keeps it.', {
  id: text('Id of the run.'),
  incarnation: text('Tells it from another run that had its id before.'),
  fingerprint: optional(
    text('Digest of what was asked for, by which a repeated request is told from another one with its id.'),
  ),
  createdAtMs: Type.Number({ description: 'When the run was started, epoch milliseconds.', minimum: 0 }),
  version: Type.Integer({ description: 'Number of changes of its deliveries so far.', minimum: 0 }),
  archivedAt: text('When it was kept, RFC 3339.'),
  requestedBy: optional(text('Who asked for it. Absent: requests were not authenticated.')),
  run: AnalysisRunSchema,
  deliveries: list(DeliverySchema, 'Its webhooks and what became of them, oldest first.'),
});
/** See {@link ArchivedRunSchema}. */
export type ArchivedRun = Immutable<Static<typeof ArchivedRunSchema>>;
