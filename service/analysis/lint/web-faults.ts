import type { Fault, Metric } from '../../../schemas/index.js';
import type { Faults } from './condition-faults.js';
import { memberPath } from './field-path.js';
import { isOpen } from './known-values.js';

/** What the reference knows by name; it sends whatever is written. */
const METHODS = ['GET', 'POST', 'PUT'];

/** What is wrong with the request and the path of a web metric, whose known arguments are filled in. */
export function webFaults({ provider: { web } }: Metric, path: string): Faults {
  if (web === undefined) return { errors: [], warnings: [] };
  const at = memberPath(memberPath(path, 'provider'), 'web');
  const jsonPath = pathFaults(web.jsonPath ?? '', memberPath(at, 'jsonPath'));
  return { ...jsonPath, warnings: [...methodFaults(web.method ?? '', at), ...jsonPath.warnings] };
}

function methodFaults(method: string, at: string): readonly Fault[] {
  if (method === '' || isOpen(method) || METHODS.includes(method.toUpperCase())) return [];
  const message = `${method} is sent, but a measurement is made again and again: use ${METHODS.join(', ')}`;
  return [{ path: memberPath(at, 'method'), message }];
}

/**
 * As kubectl reads paths, what is not in braces is a text, and the value is what comes first: such a path gives the same
 * for every answer.
 */
function pathFaults(jsonPath: string, path: string): Faults {
  const none: Faults = { errors: [], warnings: [] };
  if (jsonPath === '' || isOpen(jsonPath)) return none;
  const start = jsonPath.indexOf('{');
  if (start === -1) {
    const meant = /^[$.[@]/.test(jsonPath) ? jsonPath : `.${jsonPath}`;
    const message = `is a text, which is the result whatever the answer is: put it in braces: {${meant}}`;
    return { ...none, errors: [{ path, message }] };
  }
  if (/^\{\s*(?:"[^"]*"|'[^']*')\s*\}/.test(jsonPath)) {
    const message =
      'begins with a text, which is the result whatever the answer is: name a field, as in {$.status}';
    return { ...none, errors: [{ path, message }] };
  }
  if (start > 0) {
    const message = `begins with the text ${JSON.stringify(jsonPath.slice(0, start))}, which is the result whatever the answer is: leave it out`;
    return { ...none, warnings: [{ path, message }] };
  }
  const rest = jsonPath.slice(jsonPath.lastIndexOf('}') + 1);
  if (rest === '') return none;
  const message = `the text ${JSON.stringify(rest)} after the braces is not looked at: leave it out`;
  return { ...none, warnings: [{ path, message }] };
}
