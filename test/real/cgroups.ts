import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Mount points of the hierarchies that control groups of this machine are made in, of both versions. */
export const cgroupHierarchies = (): readonly string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, point = '', type = '']) => (/^cgroup2?$/.test(type) ? [point] : []));

/** Makes a control group in each hierarchy. It gives its name as a path, which is what a kubelet takes as its root. */
export function makeCgroup(name: string): string {
  for (const hierarchy of cgroupHierarchies()) mkdirSync(join(hierarchy, name));
  return `/${name}`;
}

/** Removes a control group with all that are in it. Throws EBUSY while processes are, and goes on when it is called again. */
export function removeCgroup(path: string): void {
  for (const hierarchy of cgroupHierarchies()) {
    const folder = join(hierarchy, path);
    if (existsSync(folder)) removeDeep(folder);
  }
}

function removeDeep(folder: string): void {
  const entries = readdirSync(folder, { withFileTypes: true, encoding: 'utf8' });
  for (const entry of entries) if (entry.isDirectory()) removeDeep(join(folder, entry.name));
  rmdirSync(folder);
}
