import { register } from 'node:module';

// Benches measure what is shipped: imports of `service` and `schemas` lead to what `npm run build` made of them. What tsx makes of a
// module keeps the names of functions, at a cost for each closure.
const root = new URL('../../../', import.meta.url).href;
const hooks = `
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const [, path] = /^(?:${root.replaceAll('/', '\\/')})((?:service|schemas)\\/.*)\\.ts/.exec(found.url) ?? [];
  if (path === undefined) return found;
  return { ...found, url: ${JSON.stringify(root)} + 'dist/' + path + '.js', format: 'module' };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
