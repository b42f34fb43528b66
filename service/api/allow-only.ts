import type { RequestHandler } from 'express';
import { sendProblem } from './problems.js';

/** Answers 405 to every other method than these (and HEAD, which goes with GET). */
export const allowOnly =
  (...methods: readonly string[]): RequestHandler =>
  (request, response) => {
    response.set('Allow', methods.join(', '));
    sendProblem(response, 405, `${request.method} is not possible here: use ${methods.join(' or ')}`);
  };
