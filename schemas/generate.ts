/** Writes the JSON Schema files: `npm run schemas`. They are committed, and a test compares them with the shapes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { jsonSchemaFiles } from './json-files.js';

const folder = new URL('json/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemaFiles())) {
  writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
