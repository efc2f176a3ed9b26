/**
 * Files for wg-quick as they are found in the wild: in tutorials, in what providers and panels hand out, in
 * old backups. Keys and addresses are ours.
 */
const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PEER = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const OTHER = 'wMLDxMXGx8jJysvMzc7P0NHS09TV1tfY2drb3N3e30Y=';
const PSK = 'gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=';

export interface Shape {
  readonly title: string;
  readonly text: string;
}

const KEY = `PrivateKey = ${PRIVATE}`;
const PUB = `PublicKey = ${PEER}`;

/** The usual client: what stands in [Interface] and in [Peer] beside the keys. */
function client(own: readonly string[], peer: readonly string[]): string {
  return `${['[Interface]', KEY, ...own, '', '[Peer]', PUB, ...peer].join('\n')}\n`;
}

const ROUTE = 'AllowedIPs = 10.98.0.0/16';
const FULL = 'AllowedIPs = 0.0.0.0/0, ::/0';
const AT = 'Endpoint = 127.0.0.1:51999';

export const SHAPES: readonly Shape[] = [
  { title: 'the plainest client', text: client(['Address = 10.99.0.2/32'], [ROUTE, AT]) },
  { title: 'a full tunnel of both families', text: client(['Address = 10.99.0.2/32, fd99::2/128'], [FULL, AT]) },
  { title: 'a full tunnel of IPv4 alone', text: client(['Address = 10.99.0.2/32'], ['AllowedIPs = 0.0.0.0/0', AT]) },
  { title: 'a full tunnel of IPv6 alone', text: client(['Address = fd99::2/128'], ['AllowedIPs = ::/0', AT]) },
  { title: 'a full tunnel with its own mark', text: client(['Address = 10.99.0.2/32', 'FwMark = 0x4d2'], [FULL, AT]) },
  { title: 'a full tunnel in a table', text: client(['Address = 10.99.0.2/32', 'Table = 123'], [FULL, AT]) },
  { title: 'Table = off', text: client(['Address = 10.99.0.2/32', 'Table = off'], [FULL, AT]) },
  {
    title: 'Table = auto, and a network beside',
    text: client(['Address = 10.99.0.2/24', 'Table = auto'], [ROUTE, AT]),
  },
  { title: 'a table in hexadecimal', text: client(['Address = 10.99.0.2/32', 'Table = 0x7b'], [ROUTE, AT]) },
  { title: 'a table by name', text: client(['Address = 10.99.0.2/32', 'Table = default'], [ROUTE, AT]) },
  {
    title: 'the two halves of everything, as for a kill switch that some apps write',
    text: client(['Address = 10.99.0.2/32'], ['AllowedIPs = 0.0.0.0/1, 128.0.0.0/1, ::/1, 8000::/1', AT]),
  },
  {
    title: 'addresses without masks',
    text: client(['Address = 10.99.0.2, fd99::2'], ['AllowedIPs = 10.98.0.7, fd98::7', AT]),
  },
  {
    title: 'addresses in several lines',
    text: client(['Address = 10.99.0.2/24', 'Address = fd99::2/64'], [ROUTE, 'AllowedIPs = fd98::/32', AT]),
  },
  {
    title: 'addresses with spaces in place of commas',
    text: client(['Address = 10.99.0.2/24 fd99::2/64'], [ROUTE, AT]),
  },
  { title: 'a comma too many', text: client(['Address = 10.99.0.2/24, ,'], [ROUTE, AT]) },
  {
    title: 'lists without spaces',
    text: client(['Address=10.99.0.2/24,fd99::2/64'], ['AllowedIPs=10.98.0.0/16,fd98::/32', AT]),
  },
  {
    title: 'everything in lower case',
    text: client(['Address = 10.99.0.2/32'], [ROUTE, AT])
      .toLowerCase()
      .replace(/ = aa.*/, ` = ${PRIVATE}`)
      .replace(/ = qe.*/, ` = ${PEER}`),
  },
  {
    title: 'everything in upper case',
    text: `[INTERFACE]\nPRIVATEKEY = ${PRIVATE}\nADDRESS = 10.99.0.2/32\nMTU = 1300\n[PEER]\nPUBLICKEY = ${PEER}\nALLOWEDIPS = 10.98.0.0/16\n`,
  },
  {
    title: 'no spaces around equals signs',
    text: client(['Address=10.99.0.2/32', 'MTU=1340'], [ROUTE, AT]).replaceAll(' = ', '='),
  },
  {
    title: 'many spaces and tabs',
    text: client(['Address\t=\t 10.99.0.2/32  ', '\tMTU =\t1300'], [`  ${ROUTE}`, `${AT}\t`]),
  },
  {
    title: 'indented sections',
    text: `  [Interface]\n    ${KEY}\n    Address = 10.99.0.2/32\n\n\t[Peer]\n\t\t${PUB}\n\t\t${ROUTE}\n`,
  },
  {
    title: 'the lines of Windows',
    text: client(['Address = 10.99.0.2/32', 'DNS = 10.98.0.53'], [ROUTE, AT]).replaceAll('\n', '\r\n'),
  },
  { title: 'no line end at the end', text: client(['Address = 10.99.0.2/32'], [ROUTE, AT]).trimEnd() },
  {
    title: 'comments everywhere',
    text: `# top\n[Interface] # mine\n${KEY} # secret\n#Address = 10.97.0.1/32\nAddress = 10.99.0.2/32 # here\n\n### Alice\n[Peer] # hers\n${PUB}#x\n${ROUTE} # net\n# the end`,
  },
  {
    title: 'comments of an installer',
    text: `[Interface]\nAddress = 10.99.0.1/24,fd99::1/64\nListenPort = 51820\n${KEY}\n# BEGIN_PEER phone\n[Peer]\n${PUB}\nAllowedIPs = 10.99.0.2/32,fd99::2/128\n# END_PEER phone\n`,
  },
  {
    title: 'the peer before the interface',
    text: `[Peer]\n${PUB}\n${ROUTE}\n\n[Interface]\n${KEY}\nAddress = 10.99.0.2/32\n`,
  },
  {
    title: 'two sections for the interface',
    text: `[Interface]\n${KEY}\nAddress = 10.99.0.2/32\n[Peer]\n${PUB}\n${ROUTE}\n[Interface]\nListenPort = 51777\nAddress = fd99::2/128\n`,
  },
  {
    title: 'repeated keys: the last counts',
    text: client(
      ['Address = 10.99.0.2/32', 'MTU = 1300', 'MTU = 1310', 'ListenPort = 1', 'ListenPort = 51821'],
      [ROUTE, 'Endpoint = 127.0.0.1:1', AT, 'PersistentKeepalive = 5', 'PersistentKeepalive = 25'],
    ),
  },
  {
    title: 'a server with several peers',
    text: `[Interface]\n${KEY}\nAddress = 10.99.0.1/24\nListenPort = 51822\n[Peer]\n${PUB}\nPresharedKey = ${PSK}\nAllowedIPs = 10.99.0.2/32\n[Peer]\nPublicKey = ${OTHER}\nAllowedIPs = 10.99.0.3/32, 10.96.0.0/24\nPersistentKeepalive = 25\n`,
  },
  {
    title: 'allowed IPs with host bits',
    text: client(['Address = 10.99.0.2/32'], ['AllowedIPs = 10.98.3.4/16, fd98::7/64', AT]),
  },
  {
    title: 'an endpoint in IPv6',
    text: client(['Address = fd99::2/128'], ['AllowedIPs = fd98::/64', 'Endpoint = [::1]:51999']),
  },
  { title: 'an endpoint by name', text: client(['Address = 10.99.0.2/32'], [ROUTE, 'Endpoint = localhost:51999']) },
  {
    title: 'switches that are off',
    text: client(
      ['Address = 10.99.0.2/32', 'FwMark = off', 'SaveConfig = false'],
      [ROUTE, 'PersistentKeepalive = off'],
    ),
  },
  {
    title: 'keys with nothing behind them',
    text: client(['Address = 10.99.0.2/32', 'DNS =', 'MTU =', 'Table =', 'PostUp ='], [ROUTE, AT]),
  },
  { title: 'no addresses and no peers', text: `[Interface]\n${KEY}\n` },
  { title: 'a peer without allowed IPs', text: `[Interface]\n${KEY}\nAddress = 10.99.0.2/32\n[Peer]\n${PUB}\n${AT}\n` },
  {
    title: 'a preshared key of zeros',
    text: client(['Address = 10.99.0.2/32'], ['PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', ROUTE]),
  },
  {
    title: 'hooks with quotes and semicolons',
    text: client(
      [
        'Address = 10.99.0.2/32',
        `PostUp = ip rule add to 192.0.2.9 lookup 99; echo "a = 'b'" > /dev/null`,
        'PostUp = test %i = "%i" && ! false',
        'PostDown = ip rule delete to 192.0.2.9 lookup 99',
      ],
      [ROUTE, AT],
    ),
  },
  {
    title: 'a hook that continues behind an equals sign',
    text: client(['Address = 10.99.0.2/32', 'PreUp = X=1; Y=$((X+1)); [ "$Y" = 2 ]', 'PreDown = :'], [ROUTE, AT]),
  },
  {
    title: 'name servers and domains',
    text: client(
      ['Address = 10.99.0.2/32', 'DNS = 10.98.0.53, 2001:db8::53', 'DNS = corp.example lab.example'],
      [ROUTE, AT],
    ),
  },
  {
    title: 'an explicit MTU with a full tunnel',
    text: client(['Address = 10.99.0.2/32', 'MTU = 1280', 'DNS = 1.1.1.1'], [FULL, AT, 'PersistentKeepalive = 25']),
  },
];
