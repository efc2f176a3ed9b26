/** The last look at a preset: what it puts on the wire gets through everywhere in one piece. */
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { buildProfile } from '../../protocol/obfuscation/parameters.ts';
import { PresetError } from './preset-error.ts';

/** The smallest path of IPv6 (RFC 8200, section 5), less its header and that of UDP. */
const MAX_PAYLOAD_BYTES = 1280 - 40 - 8;

/**
 * awg for the kernel module writes I1-I5 as text into one netlink message of 4096 bytes, without
 * looking whether it ends (amneziawg-tools, issue 69), and a peer has to fit in besides when it reads them.
 */
const MAX_SIGNATURE_CHARACTERS = 3000;

/** @throws PresetError 'too-large' */
export function requireFitting(parameters: AwgParameters): void {
  const { signatures, special } = buildProfile(parameters).profile;
  for (const { key, bytes } of [...signatures, ...(special?.packets ?? [])]) {
    if (bytes > MAX_PAYLOAD_BYTES)
      throw tooLarge(`${key} would make datagrams of ${bytes} bytes, more than ${MAX_PAYLOAD_BYTES}`);
  }
  const characters = signatures.reduce((sum, { text }) => sum + text.length, 0);
  if (characters > MAX_SIGNATURE_CHARACTERS)
    throw tooLarge(
      `I1-I5 would have ${characters} characters, more than the ${MAX_SIGNATURE_CHARACTERS} that awg can take`,
    );
}

function tooLarge(complaint: string): PresetError {
  return new PresetError('too-large', `${complaint}; choose a shorter host name`);
}
