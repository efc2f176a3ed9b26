/** A certificate and its key as files, for configurations that name them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from './scope.ts';
import type { SelfSigned } from './self-signed.ts';

/** As the keys of a configuration; the files go with the scope. */
export interface IdentityFiles {
  readonly TLSCertificate: string;
  readonly TLSKey: string;
}

export function withIdentity(scope: Scope, { certificate, key }: SelfSigned): IdentityFiles {
  const folder = mkdtempSync(join(tmpdir(), 'awg-identity-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  scope.defer(folder, remove, remove);
  const files = { TLSCertificate: join(folder, 'certificate.pem'), TLSKey: join(folder, 'key.pem') };
  writeFileSync(files.TLSCertificate, certificate);
  writeFileSync(files.TLSKey, key, { mode: 0o600 });
  return files;
}
