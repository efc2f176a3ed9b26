/**
 * The PEM files that a configuration names, read and checked before anything is opened: a wrong key
 * would otherwise show only when the first client fails, and as an error of OpenSSL.
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { ConfigErrorCode, ConfigPlace } from './config-error.ts';
import { ConfigError, warningAt } from './config-error.ts';
import type { TextReader } from './text-file.ts';
import { readTextFile } from './text-file.ts';
import type { FileName, StreamListenEntry } from './tunnel-config.ts';

/** BOUNDED: chains and lists of authorities are far smaller. */
export const MAX_PEM_BYTES = 1024 * 1024;

/** Contents, PEM. */
export interface ListenerIdentity {
  readonly certificate: string;
  readonly key: string;
}

type Warn = (warning: string) => void;

/**
 * The certificate chain and key of a listener.
 *
 * @param configFile names in it are relative to its directory
 * @param warn told complete sentences: a key that everyone can read, a certificate that has expired
 * @throws ConfigError 'not-found', 'unreadable', 'too-large' or 'bad-tls-file'
 */
export async function readIdentity(
  files: NonNullable<StreamListenEntry['tls']>,
  configFile: string,
  warn: Warn,
  read: TextReader = readTextFile,
): Promise<ListenerIdentity> {
  const certificate = await readPem(files.certificate, configFile, read);
  const key = await readPem(files.key, configFile, read);
  const leaf = parseCertificate(certificate);
  if (!leaf.checkPrivateKey(parseKey(key)))
    throw badFile(key, `is not the key of the certificate in ${files.certificate.path}`);
  if (new Date(leaf.validTo).getTime() < Date.now())
    warn(
      warningAt(certificate.place, `has expired on ${leaf.validTo}; clients will refuse it unless they pin it`).message,
    );
  if ((key.mode & 0o007) !== 0)
    warn(warningAt(key.place, 'is accessible to every user of this system; "chmod 600" it').message);
  return { certificate: certificate.text, key: key.text };
}

/**
 * Certificates of authorities.
 *
 * @throws as `readIdentity`
 */
export async function readAuthorities(
  file: FileName,
  configFile: string,
  read: TextReader = readTextFile,
): Promise<string> {
  const pem = await readPem(file, configFile, read);
  parseCertificate(pem);
  return pem.text;
}

interface PemFile {
  readonly place: ConfigPlace;
  readonly text: string;
  readonly mode: number;
}

async function readPem(name: FileName, configFile: string, read: TextReader): Promise<PemFile> {
  const place = { file: configFile, line: name.line, key: name.key, value: name.path };
  try {
    const file = await read(resolve(dirname(configFile), name.path), MAX_PEM_BYTES);
    if (file === undefined) throw new ConfigError('too-large', place, `is larger than ${MAX_PEM_BYTES} bytes`);
    return { place, ...file };
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError(...failureOf(error as NodeJS.ErrnoException, place));
  }
}

function failureOf(
  { code, message }: NodeJS.ErrnoException,
  place: ConfigPlace,
): [ConfigErrorCode, ConfigPlace, string] {
  if (code === 'ENOENT') return ['not-found', place, 'there is no such file'];
  if (code === 'EACCES') return ['unreadable', place, 'may not be read by this user'];
  return ['unreadable', place, `cannot be read (${code ?? message})`];
}

function parseCertificate(pem: PemFile): X509Certificate {
  if (!pem.text.includes('-----BEGIN CERTIFICATE-----')) throw badFile(pem, 'holds no certificate in PEM format');
  try {
    return new X509Certificate(pem.text);
  } catch {
    throw badFile(pem, 'holds a certificate that is damaged');
  }
}

function parseKey(pem: PemFile): KeyObject {
  // Said by the armour (RFC 7468, section 11; RFC 1421): OpenSSL's own errors differ between versions.
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem.text))
    throw badFile(pem, 'holds a key behind a passphrase, which nobody is there to type');
  try {
    return createPrivateKey(pem.text);
  } catch {
    throw badFile(pem, 'holds no private key in PEM format');
  }
}

function badFile({ place }: PemFile, complaint: string): ConfigError {
  return new ConfigError('bad-tls-file', place, complaint);
}
