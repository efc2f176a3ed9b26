/** awg-vpn.conf(5): the keys of a configuration, with the words of the JSON schema. */
import type { KeyWord, SectionKind, ValueShape } from '../../control/codec/key-vocabulary.ts';
import { INTERFACE_WORDS, PEER_WORDS } from '../../control/codec/key-vocabulary.ts';
import { FILES } from '../surroundings.ts';
import type { PageTitle } from './roff.ts';
import { RoffPage } from './roff.ts';

/** The part of docs/config.schema.json that is read here. */
export interface ConfigSchema {
  readonly $defs: Readonly<
    Record<SectionKind, { readonly properties: Readonly<Record<string, { readonly description?: string }>> }>
  >;
}

export function configPage(schema: ConfigSchema, title: PageTitle): string {
  const page = new RoffPage(title);
  page.section('Name').paragraph('awg-vpn.conf - configuration of an AmneziaWG or WireGuard tunnel');
  const files = FILES.map(({ name }) => name).filter((name) => name.endsWith('.conf'));
  page.section('Synopsis').lines(...files);
  page.section('Description').paragraph(...DESCRIPTION);
  page.section('Keys of [Interface]').terms(INTERFACE_WORDS.map((word) => keyTerm(word, 'interface', schema)));
  page.section('Keys of [Peer]').terms(PEER_WORDS.map((word) => keyTerm(word, 'peer', schema)));
  page.section('Example').verbatim(EXAMPLE);
  page.section('See also').paragraph('awg-vpn(8), wg(8), wg-quick(8)');
  return page.toString();
}

const DESCRIPTION = [
  'The format of wg-quick(8) and awg-quick: one section [Interface], and a section [Peer] for each peer. The name of the file without .conf is the name of the interface.',
  'Names of sections and keys may be written in any case; "#" begins a comment anywhere. Of a repeated key the last counts, but lists and commands add up. Without the keys from Jc to DisableCookies the tunnel is plain WireGuard.',
  'S1 to S4, H1 to H4 and HeaderProtectionKey must be the same at both ends; "awg-vpn genprofile" makes them and says which.',
];

const EXAMPLE = `[Interface]
PrivateKey = <of this host>
Address = 10.8.0.2/32, fd00:8::2/128
Jc = 4
Jmin = 40
Jmax = 70
S1 = 31
S2 = 47
H1 = 100000-199999

[Peer]
PublicKey = <of the other host>
Endpoint = vpn.example.net:51820
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 25`;

/** As the table of shapes in the vocabulary has it for files. */
const VALUES: Readonly<Record<ValueShape, string>> = {
  key: 'key',
  number: 'number',
  range: 'number or from-to',
  switch: 'on or off',
  flag: 'true or false',
  word: 'word',
  text: 'text',
  list: 'list with commas',
  commands: 'command',
};

/** @throws RangeError for a key that the schema does not describe: say there what it is */
function keyTerm({ name, shape }: KeyWord, kind: SectionKind, schema: ConfigSchema): readonly [string, string] {
  const description = schema.$defs[kind].properties[name]?.description;
  if (description === undefined) throw new RangeError(`docs/config.schema.json does not describe ${name}`);
  return [name, `${VALUES[shape]}; ${description}`];
}
