import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ControlPlane } from './control-plane/control-plane.js';

/** An object of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** What became of {@link dryApply}. */
export type Applied = 'accepted' | 'not served' | { readonly refused: string };

/** The objects of all YAML files of a folder, deep, by `file: kind/name`. */
export function readManifests(folder: string): readonly (readonly [string, Manifest])[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return readManifests(path);
    if (!/\.ya?ml$/.test(name)) return [];
    return parseAllDocuments(readFileSync(path, 'utf8')).flatMap((document) => {
      const object: unknown = document.toJS();
      return isManifest(object)
        ? [[`${path}: ${object.kind}/${object.metadata?.name ?? ''}`, object] as const]
        : [];
    });
  });
}

function isManifest(object: unknown): object is Manifest {
  return typeof object === 'object' && object !== null && 'kind' in object && 'apiVersion' in object;
}

/** Has the API server check an object as if it were created. A field that would be dropped is a fault. */
export async function dryApply(plane: ControlPlane, manifest: Manifest): Promise<Applied> {
  const { apiVersion, kind, metadata = {} } = manifest;
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const resource = await resourceOf(plane, group, kind);
  if (resource === undefined) return 'not served';
  const namespace = metadata.namespace ?? 'default';
  const folder = resource.namespaced ? `${group}/namespaces/${namespace}` : group;
  const object = { ...manifest, metadata: { generateName: 'x-', ...metadata } };
  try {
    await plane.call('POST', `${folder}/${resource.name}?dryRun=All&fieldValidation=Strict`, object);
    return 'accepted';
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

async function resourceOf(
  plane: ControlPlane,
  group: string,
  kind: string,
): Promise<{ readonly name: string; readonly namespaced: boolean } | undefined> {
  const served = (await plane.call('GET', group).catch((error: unknown) => {
    if (String(error).includes('404')) return { resources: [] };
    throw error;
  })) as { resources: { name: string; kind: string; namespaced: boolean }[] };
  return served.resources.find((each) => each.kind === kind && !each.name.includes('/'));
}
