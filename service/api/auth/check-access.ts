import { readFileSync } from 'node:fs';
import { type Config, ConfigError, type NameOf } from '../../platform/index.js';
import { readAccess } from './access-file.js';

/** What is wrong with the file of tokens, under the name of its setting. */
export function checkAccess({ tokensFile }: Config, nameOf: NameOf): readonly string[] {
  if (tokensFile === undefined) return [];
  let text: string;
  try {
    text = readFileSync(tokensFile, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return [`${nameOf('tokensFile')}: ${tokensFile} can not be read: ${reason}`];
  }
  try {
    readAccess(text, tokensFile);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => `${nameOf('tokensFile')}: ${problem}`);
  }
}
