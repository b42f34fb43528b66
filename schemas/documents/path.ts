/** Steps from the root of a document: field names and list indexes. */
export type Path = readonly (string | number)[];

const PLAIN_FIELD = /^[A-Za-z_$][\w$-]*$/;
const STEP = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/y;

/** A path as users read it: `spec.metrics[0].provider`, `metadata.labels['app.kubernetes.io/name']`. The root is `''`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (PLAIN_FIELD.test(step)) text += text === '' ? step : `.${step}`;
    else text += `['${step.replace(/[\\']/g, '\\$&')}']`;
  }
  return text;
}

/** The steps of a text that {@link formatPath} wrote; undefined when it is no such text. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const step = STEP.exec(text);
    if (step === null) return undefined;
    const [, field, index, quoted] = step;
    path.push(field ?? (index === undefined ? (quoted ?? '').replace(/\\(.)/g, '$1') : Number(index)));
  }
  return path;
}
