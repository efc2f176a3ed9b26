/** Configuration files: read, changed in place, written in one spelling, advised upon. */
import { ConfigDocument } from '../../../src/control/codec/document.ts';
import { readModel } from '../../../src/control/codec/read-model.ts';
import { writeConfig } from '../../../src/control/codec/write-config.ts';
import { parseConfig } from '../../../src/control/config/parse.ts';
import { lintConfig } from '../../../src/control/lint/lint-config.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { configTyped, GENERATIONS, PRIVATE_KEY, PUBLIC_KEY, textOf } from './support.ts';

const PEER = `[Peer]\nPublicKey = ${PUBLIC_KEY}\nAllowedIPs = 10.0.0.2/32, fd00::2/128\n`;
const own = (settings: string): string => `[Interface]\nPrivateKey = ${PRIVATE_KEY}\n${settings}`;

export const CONFIG_SEEDS: readonly string[] = [
  ...Object.values(GENERATIONS).map((settings) => `${own(settings)}\n${PEER}`),
  own('Address = 10.0.0.1/24\nListenPort = 51820\nMTU = 1280\nTable = off\nFwMark = 0xca6c\nDNS = 9.9.9.9\n'),
  `${own('TcpListen = 0.0.0.0:443\nMasquerade = true\nAddress = 10.0.0.1/24\nPostUp = true # x\n')}\n${PEER}`,
  `${PEER}Endpoint = [2001:db8::1]:443\nTransport = udp, tls\nPersistentKeepalive = 20-30\n# note\n${own('')}`,
];

/** The file, read, written and read again, says the same; and the file itself is kept byte for byte. */
function checkText(text: string): void {
  const document = configTyped(() => ConfigDocument.parse(text, 'fuzz.conf'));
  if (document === undefined) return;
  promise(document.text === text, 'a document is not the text that it was read from');
  const model = configTyped(() => readModel(document, () => undefined));
  const written = model && configTyped(() => writeConfig(model));
  if (written === undefined) return;
  const again = readModel(ConfigDocument.parse(written, 'fuzz.conf'), () => undefined);
  promise(writeConfig(again) === written, 'writing what was read is no fixpoint');
}

export const target: FuzzTarget = {
  seeds: CONFIG_SEEDS,
  words: ['[Interface]\n', '[Peer]\n', ' = ', ', ', '\n', '#', '/32', '::/0'],
  probe: (input, note) => {
    const text = textOf(input);
    const config = configTyped(() => parseConfig(text, 'fuzz.conf'));
    note(config === undefined ? 1 : 2 + config.peers.length);
    lintConfig(text, 'fuzz.conf');
    checkText(text);
  },
};
