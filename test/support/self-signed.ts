/** A certificate for a test, made while it runs: no key is kept anywhere. DER by hand (X.690), as far as X.509 needs it. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** SHA-256 of the public key. */
  readonly pin: Buffer;
}

const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const DAY = 86_400_000;

export interface SelfSignedOptions {
  /** IPv4 or IPv6 as bytes. */
  readonly addresses?: readonly Uint8Array[];
  /** From now on; negative for one that has run out. It began a day ago. */
  readonly validDays?: number;
}

/** @param names DNS names, the first being the subject */
export function selfSigned(names: readonly string[], options: SelfSignedOptions = {}): SelfSigned {
  const { addresses = [], validDays = 30 } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = der(0x30, ECDSA_WITH_SHA256);
  const name = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(names[0])))));
  const alternatives = [
    ...names.map((text) => der(0x82, Buffer.from(text))),
    ...addresses.map((bytes) => der(0x87, bytes)),
  ];
  const extension = der(0x30, SUBJECT_ALT_NAME, der(0x04, der(0x30, ...alternatives)));
  const toBeSigned = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    name,
    der(0x30, time(Date.now() - DAY), time(Date.now() + validDays * DAY)),
    name,
    spki,
    der(0xa3, der(0x30, extension)),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = der(0x30, toBeSigned, algorithm, der(0x03, Buffer.of(0), signature));
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pin: createHash('sha256').update(spki).digest(),
  };
}

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

/** UTCTime, `YYMMDDHHMMSSZ`. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}
