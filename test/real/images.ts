import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../built/binaries.js';

/** An image of the sample service: its name, and the flags that it is started with. */
export interface SampleImage {
  readonly name: string;
  readonly flags: readonly string[];
}

/** Image of the container that holds the namespaces of a pod. */
export const SANDBOX: SampleImage = { name: 'docker.io/library/sandbox:1', flags: ['-pause'] };

/** Image of a version of the sample service, which tells its version with each answer. */
export const imageOf = (version: string): string => `docker.io/library/sample:${version}`;

/** Behaviour of a version: what its name begins with. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  good: [],
  erroring: ['-fail-one-in=3'],
  slow: ['-delay=400ms'],
};

/** An image of a version, such as `good-1`. */
export function sampleImage(version: string): SampleImage {
  const flags = FLAGS[version.replace(/-\d+$/, '')];
  if (flags === undefined) throw new TypeError(`no version of the sample service is like ${version}`);
  return { name: imageOf(version), flags: [`-version=${version}`, ...flags] };
}

/**
 * Writes images as an archive that container engines import, and gives its path. They have one layer, which holds the
 * static program of the sample service and nothing else.
 */
export function writeImages(folder: string, images: readonly SampleImage[]): string {
  const [root, parts] = [join(folder, 'root'), join(folder, 'parts')];
  for (const made of [root, parts]) mkdirSync(made, { recursive: true });
  copyFileSync(programPath('sample'), join(root, 'sample'));
  const layer = join(parts, 'layer.tar');
  execFileSync('tar', ['-cf', layer, '-C', root, '.']);
  const digest = createHash('sha256').update(readFileSync(layer)).digest('hex');
  const manifest = images.map(({ name, flags }, index) => {
    const config = {
      ...{ architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' },
      config: { Entrypoint: ['/sample'], Cmd: flags },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    };
    const file = `config-${index}.json`;
    writeFileSync(join(parts, file), JSON.stringify(config));
    return { Config: file, RepoTags: [name], Layers: ['layer.tar'] };
  });
  writeFileSync(join(parts, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'images.tar');
  execFileSync('tar', ['-cf', archive, '-C', parts, '.']);
  return archive;
}
