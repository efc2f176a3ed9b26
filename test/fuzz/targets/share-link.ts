/**
 * Links and what else AmneziaVPN shares. An input is a text to paste, or, behind a first byte, what is
 * packed into a link first: a checksum keeps chance out of a zlib stream.
 */
import { ConfigDocument } from '../../../src/control/codec/document.ts';
import { readModel } from '../../../src/control/codec/read-model.ts';
import { writeConfig } from '../../../src/control/codec/write-config.ts';
import { LINK_PREFIX, pack, toBase64Url, unpack } from '../../../src/control/links/link-text.ts';
import { readLink } from '../../../src/control/links/read-link.ts';
import { writeLink } from '../../../src/control/links/write-link.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { configTyped, PRIVATE_KEY, PUBLIC_KEY, textOf } from './support.ts';

const CONFIG = `[Interface]\nPrivateKey = ${PRIVATE_KEY}\nAddress = 10.0.0.2/32\nDNS = 9.9.9.9\nJc = 4\nS1 = 7\n\n[Peer]\nPublicKey = ${PUBLIC_KEY}\nAllowedIPs = 0.0.0.0/0\nEndpoint = vpn.example.com:443\n`;
const ignore = (): void => undefined;

const LINK = writeLink({ model: readModel(ConfigDocument.parse(CONFIG, 'seed'), ignore), text: CONFIG }, 'seed');
const JSON_INSIDE = unpack(Buffer.from(LINK.slice(LINK_PREFIX.length), 'base64url'), 'seed') as Buffer;

function throughLink(text: string): string | undefined {
  const model = readModel(ConfigDocument.parse(text, 'file'), ignore);
  const link = configTyped(() => writeLink({ model, text }, 'link'));
  return link === undefined ? undefined : writeConfig(readModel(readLink(link, 'link', ignore), ignore));
}

function pastedText(input: Uint8Array): string {
  if (input[0] === 1) return LINK_PREFIX + toBase64Url(pack(input.subarray(1)));
  return input[0] === 2 ? LINK_PREFIX + toBase64Url(input.subarray(1)) : textOf(input);
}

export const target: FuzzTarget = {
  seeds: [LINK, CONFIG, JSON_INSIDE, Buffer.concat([Uint8Array.of(1), JSON_INSIDE]), Buffer.from(`\x02${CONFIG}`)],
  words: ['vpn://', '"containers":[', '{"last_config":"', '[Interface]', '[Peer]', '\\n', '\\u000a'],
  longest: 8192,
  probe: (input) => {
    const document = configTyped(() => readLink(pastedText(input), 'link', ignore));
    if (document === undefined) return;
    const model = configTyped(() => readModel(document, ignore));
    const text = model && configTyped(() => writeConfig(model));
    if (model === undefined || text === undefined) return;
    const once = throughLink(text);
    // Ports are numbers in a link, so the first way there and back may write them in another way.
    if (once !== undefined) promise(throughLink(once) === once, 'a link does not give back the file it was made of');
  },
};
