import { goJsonOfPodTemplate } from './go-json.js';

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
/** No vowels and nothing that looks like one, so that no hash is a word. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Hash of a pod template, as Argo Rollouts names ReplicaSets and their pods by it: FNV-1a over its JSON and the number of collisions
 * so far, in decimal, each sign of which is written as one of {@link SAFE}.
 */
export function podTemplateHash(template: unknown, collisionCount?: number): string {
  const collisions = Buffer.alloc(collisionCount === undefined ? 0 : 8);
  if (collisionCount !== undefined) collisions.writeUInt32LE(collisionCount);
  return safeHash(Buffer.concat([Buffer.from(goJsonOfPodTemplate(template)), collisions]));
}

/** FNV-1a of 32 bits in decimal, each sign of which is written as one of {@link SAFE}. */
export function safeHash(bytes: Uint8Array): string {
  let hash = OFFSET_BASIS;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME) >>> 0;
  return String(hash).replace(/\d/g, (digit) => SAFE[digit.charCodeAt(0) % SAFE.length] ?? '');
}
