import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCaFile } from '../../service/platform/ca-file.js';
import { makeCertificate } from '../support/certificates.js';

const folder = mkdtempSync(join(tmpdir(), 'assay-ca-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const broken = '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n';

describe('the file of certificate authorities', () => {
  it('gives its certificates, without what stands between them', () => {
    const [one, other] = [makeCertificate().cert, makeCertificate().cert];
    const text = readCaFile(file('two.pem', `# one\n${one}\n# other\n${other}`));
    expect(text).toBe(`${one.trim()}\n${other.trim()}`);
  });

  it('stops the start when it can not be used, and says why', () => {
    const { cert, key } = makeCertificate();
    const refused = (path: string) => () => readCaFile(path);
    expect(refused(join(folder, 'none.pem'))).toThrow(
      /ASSAY_CA_FILE: \S+none\.pem: can not be read \(ENOENT/,
    );
    expect(refused(file('key.pem', key))).toThrow(
      /ASSAY_CA_FILE: \S+key\.pem: has no certificate \(-----BEGIN CERTIFICATE-----\)/,
    );
    expect(refused(file('half.pem', cert + broken))).toThrow(/certificate 2 of 2 can not be parsed/);
  });
});
