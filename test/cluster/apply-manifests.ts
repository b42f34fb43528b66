/**
 * `npm run manifests -- [--definitions FOLDER] FOLDER…`: starts an API server with the chart's custom resource definitions,
 * or those of another folder, and has it check every manifest of the folders. Ends with 1 when it refuses one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startControlPlane } from './control-plane/control-plane.js';
import { installDefinitions } from './cluster.js';
import { dryApply, readManifests } from './manifests.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { definitions: { type: 'string', default: 'helm/assay/crds' } },
});
const plane = await startControlPlane({ pods: false });
try {
  const files = readdirSync(values.definitions).filter((name) => !name.startsWith('kustomization'));
  await installDefinitions(
    plane,
    files.map((name) => readFileSync(join(values.definitions, name), 'utf8')),
  );
  const counts = { accepted: 0, refused: 0, 'not served': 0 };
  // They are made before all else.
  const manifests = positionals.flatMap(readManifests).filter(([, { kind }]) => kind !== 'Namespace');
  const namespaces = new Set(manifests.map(([, { metadata }]) => metadata?.namespace ?? 'default'));
  namespaces.delete('default');
  for (const namespace of namespaces) await plane.createNamespace(namespace);
  for (const [name, manifest] of manifests) {
    const applied = await dryApply(plane, manifest);
    const outcome = typeof applied === 'string' ? applied : 'refused';
    counts[outcome] += 1;
    if (outcome !== 'accepted')
      console.log(`${outcome}: ${name}${typeof applied === 'string' ? '' : `\n  ${applied.refused}`}`);
  }
  console.log(`${counts.accepted} accepted, ${counts.refused} refused, ${counts['not served']} not served`);
  process.exitCode = counts.refused === 0 ? 0 : 1;
} finally {
  await plane.stop();
}
