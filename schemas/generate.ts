/**
 * Writes the JSON Schema files, and the chart's custom resource definitions and schema of its values: `npm run schemas`. They are committed, and
 * tests compare them with the shapes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { crdFiles } from './crds/definitions.js';
import { chartValuesFile, jsonSchemaFiles } from './json-files.js';

function write(folder: URL, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, folder), text);
}

write(
  new URL('json/', import.meta.url),
  Object.fromEntries(
    Object.entries(jsonSchemaFiles()).map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]),
  ),
);
write(new URL('../helm/assay/crds/', import.meta.url), crdFiles());
write(new URL('../helm/assay/', import.meta.url), {
  'values.schema.json': `${JSON.stringify(chartValuesFile(), null, 2)}\n`,
});
