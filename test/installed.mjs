import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The dependencies are those of the lockfile: npm writes its own record when it has installed them. */
export function installed(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}
