/** Configuration files as people write them, for properties of whatever reads or changes them. */
import fc from 'fast-check';

const KEY = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const NUMBER = fc.integer({ min: 0, max: 65535 }).map(String);
const RANGE = fc.oneof(
  NUMBER,
  fc.tuple(fc.nat(1000), fc.nat(1000)).map(([low, more]) => `${low}-${low + more}`),
);
const ADDRESS = fc.oneof(
  fc.ipV4().chain((address) => fc.integer({ min: 0, max: 32 }).map((length) => `${address}/${length}`)),
  fc.constantFrom('fd00:8::2/128', '2001:db8::/32', '::/0', '192.0.2.7'),
);
const SEPARATOR = fc.constantFrom(',', ', ', ' ,  ');
const LIST = fc
  .tuple(fc.array(ADDRESS, { minLength: 1, maxLength: 3 }), SEPARATOR)
  .map(([items, separator]) => items.join(separator));
const TEXT = fc.constantFrom(
  '<b 0xc0ff><r 16>',
  '<t>',
  '<rc 3> <rd 4>',
  'iptables -A FORWARD -i %i -j ACCEPT; sleep 1',
);
const SWITCH = fc.constantFrom('on', 'off', 'On', '1', '0');

type Keys = ReadonlyArray<readonly [name: string, value: fc.Arbitrary<string>]>;

const AWG_KEYS: Keys = [
  ...['Jc', 'Jmin', 'Jmax', 'S1', 'S2', 'S3', 'S4'].map((name) => [name, NUMBER] as const),
  ...['H1', 'H2', 'H3', 'H4', 'RekeyTimeout', 'ContentPaddingAddition'].map((name) => [name, RANGE] as const),
  ...['I1', 'I3', 'I5'].map((name) => [name, TEXT] as const),
  ['HeaderProtectionKey', KEY],
  ['RandomTrailers', SWITCH],
  ['DisableCookies', SWITCH],
];

const INTERFACE_KEYS: Keys = [
  ...AWG_KEYS,
  ['ListenPort', NUMBER],
  ['FwMark', fc.constantFrom('off', '0xca6c', '51820')],
  ['MTU', NUMBER],
  ['Table', fc.constantFrom('auto', 'off', '123')],
  ['Address', LIST],
  ['DNS', LIST],
  ['PostUp', TEXT],
  ['PreDown', TEXT],
  ['SaveConfig', fc.constantFrom('true', 'false')],
  ['Masquerade', fc.constantFrom('true', 'false')],
  ['Frobnicate', TEXT],
];

const PEER_KEYS: Keys = [
  ['PresharedKey', KEY],
  ['AllowedIPs', LIST],
  ['Endpoint', fc.constantFrom('192.0.2.1:51820', '[2001:db8::1]:7', 'vpn.example.com:443')],
  ['PersistentKeepalive', RANGE],
  ['X-Note', TEXT],
];

const COMMENT = fc.constantFrom('# Alice', '#', '### Client bob', '# END_PEER bob', '#\tS1 = 4', '# [Peer]', '#x # y ');
const FILLER = fc.oneof(fc.constantFrom('', '  ', '\t'), COMMENT);
const LINE_END = fc.constantFrom('\n', '\r\n');

/** One line with this key, spelled and spaced somehow. */
function lineOf(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const spelling = fc.constantFrom(name, name.toLowerCase(), name.toUpperCase());
  const equals = fc.constantFrom(' = ', '=', '\t=  ');
  const tail = fc.constantFrom('', '', ' ', ' # why not');
  const indent = fc.constantFrom('', '', '  ');
  return fc.tuple(indent, spelling, equals, value, tail).map((parts) => parts.join(''));
}

function sectionOf(headers: readonly string[], first: fc.Arbitrary<string>, keys: Keys): fc.Arbitrary<string[]> {
  const other = fc.oneof(...keys.map(([name, value]) => lineOf(name, value)), FILLER);
  return fc
    .tuple(fc.array(FILLER, { maxLength: 2 }), fc.constantFrom(...headers), first, fc.array(other, { maxLength: 8 }))
    .map(([above, header, key, others]) => [...above, header, key, ...others]);
}

const INTERFACE = sectionOf(['[Interface]', ' [interface] # mine'], lineOf('PrivateKey', KEY), INTERFACE_KEYS);
const PEER = sectionOf(['[Peer]', '[ PEER ]', '[peer] # hers'], lineOf('PublicKey', KEY), PEER_KEYS);

/** Files that can be read, with unknown keys, repeated keys and comments anywhere. */
export const CONFIG_TEXT: fc.Arbitrary<string> = fc
  .tuple(INTERFACE, fc.array(PEER, { maxLength: 4 }), LINE_END, fc.boolean())
  .map(([own, peers, end, endsInBreak]) => [...own, ...peers.flat()].join(end) + (endsInBreak ? end : ''));

export const KEY_TEXT: fc.Arbitrary<string> = KEY;

/** Text that tries to become more than a value. */
export const HOSTILE_TEXT: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      '\n',
      '\r',
      '\0',
      '\v',
      '\f',
      '\u0085',
      '\u2028',
      '#',
      '=',
      ',',
      ' ',
      '\t',
      '[Peer]',
      '[Interface]',
      'PostUp',
      'x',
      '%i',
      '$(reboot)',
      '\ud800',
      '`',
      '"',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
