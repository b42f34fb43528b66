import type { Static } from 'typebox';
import { AuthenticationSchema } from '../authentication.js';
import { type Immutable, flag, int64, list, openObject, optional, shape, text } from '../shape.js';
import { WebMetricHeaderSchema } from './header.js';

/**
 * `provider.web`: an HTTP request. `method` is text, as in the reference: a method it can not use is an error of the
 * measurement, not of the document.
 */
export const WebMetricSchema = shape('WebMetric', 'An HTTP request whose answer is the value.', {
  url: text('URL to ask.'),
  method: optional(text('GET, POST or PUT.', { default: 'GET' })),
  headers: optional(list(WebMetricHeaderSchema, 'Headers of the request.')),
  body: optional(text('Body of a POST or PUT.')),
  jsonBody: optional(openObject('Body of a POST or PUT, sent as JSON.')),
  timeoutSeconds: optional(int64('Seconds until the request is given up (default 10).')),
  jsonPath: optional(text('JSONPath of the value in the answer.', { default: '{$}' })),
  insecure: optional(flag('Accept any TLS certificate.')),
  authentication: optional(AuthenticationSchema),
});
/** See {@link WebMetricSchema}. */
export type WebMetric = Immutable<Static<typeof WebMetricSchema>>;
