import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Starts the Chromium of this machine, without a window. @throws when there is none, with how to install it. */
export function startBrowser(): Promise<Browser> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const program = folders.map((folder) => join(folder, 'chromium')).find(isProgram);
  if (program === undefined)
    throw new Error('chromium is not on the PATH. On Debian or Ubuntu: sudo bash .ci/packages');
  return chromium.launch({ executablePath: program });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Not in this folder of the path; the next one may have it.
  }
}
