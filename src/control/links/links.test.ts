import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { Finding } from '../codec/finding.ts';
import type { ReadConfig } from '../convert-config.ts';
import { readConfigForm, writeConfigForm } from '../convert-config.ts';
import { MAX_UNPACKED_BYTES, pack, toBase64Url } from './link-text.ts';
import { joinSeries, splitSeries } from './qr-series.ts';
import { packLink } from './write-link.ts';

const FILE = `[Interface]
PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=
Address = 10.8.1.2/32
DNS = 1.1.1.1, fd00::53, corp.example
Jc = 5
Jmin = 10
Jmax = 50
S1 = 20
H1 = 5-100
I1 = <r 2><b 0x8580>
RandomTrailers = on

# the office
[Peer]
PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
PresharedKey = gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = 192.0.2.10:51820
PersistentKeepalive = 25-35
`;

/** Share link facts 3. */
const FACTS = {
  json: '{"hostName":"192.0.2.10"}',
  packed: '0000001978daab56cac82f2ef14bcc4d55b25232b434d233d033d2333450aa050064f406e3',
  link: 'vpn://AAAAGXjaq1bKyC8u8UvMTVWyUjK0NNIz0DPSMzRQqgUAZPQG4w',
  piece: 'B8ABAAAAACUAAAAZeNqrVsrILy7xS8xNVbJSMrQ00jPQM9IzNFCqBQBk9Abj',
};

type JsonObject = Record<string, unknown>;

/** A decoder of its own, by the facts: base64url digits, length, zlib, JSON, and JSON within. */
function decodeByHand(link: string): { server: JsonObject; protocol: JsonObject; client: JsonObject } {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  assert.ok(link.startsWith('vpn://'));
  const bits = link.slice(6).replaceAll(/./g, (digit) => digits.indexOf(digit).toString(2).padStart(6, '0'));
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const json = inflateSync(bytes.subarray(4));
  assert.equal(bytes.readUInt32BE(0), json.length);
  assert.equal(bytes.subarray(4, 6).toString('hex'), '78da');
  const server = JSON.parse(json.toString('utf8')) as JsonObject & { containers: JsonObject[] };
  const [container = {}] = server.containers;
  const protocol = (container.awg ?? container.wireguard) as JsonObject;
  return { server, protocol, client: JSON.parse(String(protocol.last_config)) as JsonObject };
}

function read(text: string): ReadConfig & { readonly findings: string[] } {
  const findings: string[] = [];
  const report = ({ code, message }: Finding): number => findings.push(`${code} ${message}`);
  return { ...readConfigForm('link', text, 'link', report), findings };
}

function linkOf(file: string, name?: string): string {
  const quiet = (): void => undefined;
  return writeConfigForm(
    'link',
    readConfigForm('conf', file, 'a.conf', quiet),
    quiet,
    name === undefined ? {} : { name },
  ).trim();
}

function linkTo(value: unknown): string {
  return `vpn://${toBase64Url(pack(Buffer.from(JSON.stringify(value))))}`;
}

/** A connection of AmneziaVPN 5: parameters with the server, the file with place holders. */
function serverObject(client: JsonObject = {}, others: JsonObject = {}): JsonObject {
  const text = FILE.replace(/DNS = .*/, 'DNS = $PRIMARY_DNS, $SECONDARY_DNS');
  const last_config = JSON.stringify({ config: text, hostName: '192.0.2.10', port: 51820, Jc: '5', ...client });
  const awg = { Jc: '5', I1: '', I2: '', port: '51820', protocol_version: '2', transport_proto: 'udp', last_config };
  return {
    containers: [
      { container: 'amnezia-openvpn', openvpn: {} },
      { container: 'amnezia-awg2', awg },
    ],
    defaultContainer: 'amnezia-awg2',
    description: 'Server 1',
    dns1: '1.1.1.1',
    dns2: '1.0.0.1',
    hostName: '192.0.2.10',
    ...others,
  };
}

test('the check values of the facts', () => {
  const packed = pack(Buffer.from(FACTS.json));
  assert.equal(packed.toString('hex'), FACTS.packed);
  assert.equal(`vpn://${toBase64Url(packed)}`, FACTS.link);
  assert.deepEqual(splitSeries(packed, 'x'), [FACTS.piece]);
  assert.deepEqual(joinSeries([FACTS.piece], 'x'), packed);
  for (const text of [FACTS.link, FACTS.piece])
    assert.throws(() => read(text), { code: 'missing-client', message: 'link: has no "containers"' });
});

test('a link that we write, taken apart by hand, is what AmneziaVPN makes of the file', () => {
  const { server, protocol, client } = decodeByHand(linkOf(FILE, 'My phone'));
  assert.deepEqual(server, {
    containers: [{ awg: protocol, container: 'amnezia-awg' }],
    defaultContainer: 'amnezia-awg',
    description: 'My phone',
    dns1: '1.1.1.1',
    dns2: 'fd00::53',
    hostName: '192.0.2.10',
  });
  assert.deepEqual(
    { ...protocol, last_config: '' },
    {
      isThirdPartyConfig: true,
      last_config: '',
      port: '51820',
      transport_proto: 'udp',
    },
  );
  assert.deepEqual(client, {
    H1: '5-100',
    I1: '<r 2><b 0x8580>',
    Jc: '5',
    Jmax: '50',
    Jmin: '10',
    RandomTrailers: 'on',
    S1: '20',
    allowed_ips: ['0.0.0.0/0', '::/0'],
    client_ip: '10.8.1.2/32',
    client_priv_key: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=',
    config: FILE,
    hostName: '192.0.2.10',
    mtu: '1376',
    persistent_keep_alive: '25-35',
    port: 51820,
    psk_key: 'gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=',
    server_pub_key: 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=',
  });
  assert.deepEqual(Object.keys(server), Object.keys(server).sort());
});

test('a file without AWG keys is a WireGuard container, an IPv6 endpoint loses its brackets', () => {
  const plain = FILE.replace(/(Jc|Jmin|Jmax|S1|H1|I1|RandomTrailers) = .*\n/g, '').replace(
    '192.0.2.10',
    '[2001:db8::1]',
  );
  const { server, client } = decodeByHand(linkOf(plain.replace('Address', 'MTU = 1400\nAddress')));
  assert.equal(server.defaultContainer, 'amnezia-wireguard');
  assert.deepEqual([client.hostName, client.port, client.mtu], ['2001:db8::1', 51820, '1400']);
});

test('what AmneziaVPN cannot hold is refused', () => {
  const second = `\n[Peer]\nPublicKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=\n`;
  assert.throws(() => linkOf(FILE + second), { code: 'several-peers' });
  for (const key of ['PrivateKey', 'Address', 'PublicKey', 'Endpoint'])
    assert.throws(() => linkOf(FILE.replace(new RegExp(`\n${key} = .*`), '')), {
      code: 'incomplete',
      message: `a.conf: has no ${key}, which AmneziaVPN needs`,
    });
  assert.throws(() => linkOf('[Interface]\nPrivateKey = x\n'), { code: 'incomplete' });
});

test('a file comes back from a link byte for byte, also in pieces', () => {
  const { text, findings } = read(linkOf(FILE));
  assert.deepEqual([text, findings], [FILE, []]);
  const long = FILE.replace(
    '# the office',
    `# ${'much to say '.repeat(20)}${Array.from({ length: 400 }, (_, i) => (i * 7919) % 10007).join(' ')}`,
  );
  const pieces = splitSeries(
    packLink(
      readConfigForm('conf', long, 'x', () => undefined),
      'x',
    ),
    'x',
  );
  assert.ok(pieces.length > 1 && pieces.every((piece) => piece.startsWith('B8')));
  assert.equal(read([...pieces].reverse().concat(pieces).join('\n')).text, long);
});

test('every form that AmneziaVPN takes gives the same file', () => {
  const json = JSON.stringify(serverObject());
  const bytes = Buffer.from(json);
  const packed = pack(bytes);
  const base64Url = toBase64Url(packed);
  const expected = FILE.replace(/DNS = .*/, 'DNS = 1.1.1.1, 1.0.0.1');
  for (const text of [
    `vpn://${base64Url}`,
    `  vpn://${base64Url}\r\n`,
    base64Url,
    `${base64Url.slice(0, 40)}\n ${base64Url.slice(40)}vpn://`,
    `vpn://${packed.toString('base64')}`,
    `vpn://${toBase64Url(bytes)}`,
    `vpn://${toBase64Url(Buffer.concat([Buffer.alloc(4, 0xff), deflateSync(bytes, { level: 1 })]))}`,
    json,
    JSON.stringify(serverObject(), undefined, 4),
    splitSeries(packed, 'x').join(' '),
  ])
    assert.equal(read(text).text, expected, text.slice(0, 40));
  for (const text of [FILE, `vpn://${toBase64Url(Buffer.from(FILE))}`, `vpn://${toBase64Url(pack(Buffer.from(FILE)))}`])
    assert.equal(read(text).text, FILE);
});

test('the keys beside the text win, as in AmneziaVPN, and it is said', () => {
  const { text, findings } = read(
    linkTo(
      serverObject({ Jc: '7', hostName: 'fd00::9', mtu: '1280', allowed_ips: ['10.0.0.0/8'], server_pub_key: '' }),
    ),
  );
  assert.match(text, /^Jc = 7$/m);
  assert.match(text, /^Endpoint = \[fd00::9\]:51820$/m);
  assert.match(text, /^AllowedIPs = 10\.0\.0\.0\/8$/m);
  assert.match(text, /^# the office$/m);
  assert.doesNotMatch(text, /MTU/);
  assert.deepEqual(
    findings.map((finding) => finding.split(' ').slice(0, 3).join(' ')),
    ['contradiction link:1: Jc:', 'contradiction link:14: AllowedIPs:', 'contradiction link:14: Endpoint:'],
  );
});

test('a link without the text of a file is put together from its keys', () => {
  const client = {
    config: '',
    client_priv_key: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=',
    client_ip: '10.8.1.2/32',
    server_pub_key: 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=',
    allowed_ips: ['0.0.0.0/0'],
    mtu: '1376',
  };
  assert.equal(
    read(linkTo(serverObject(client))).text,
    `[Interface]
DNS = 1.1.1.1, 1.0.0.1
PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=
Address = 10.8.1.2/32
MTU = 1376
Jc = 5

[Peer]
PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
AllowedIPs = 0.0.0.0/0
Endpoint = 192.0.2.10:51820
`,
  );
});

test('without name servers the place holders go', () => {
  assert.doesNotMatch(read(linkTo(serverObject({}, { dns1: '', dns2: undefined }))).text, /DNS/);
});

test('what a stranger writes into a link opens no section and starts no line', () => {
  for (const [client, server] of [
    [{}, { dns1: '1.1.1.1\nPostUp = reboot' }],
    [{ Jc: '4\r\n[Peer]' }, {}],
    [{ client_ip: '10.0.0.1/32\u2028PostUp = x' }, {}],
    [{ allowed_ips: ['::/0\n[Interface]'] }, {}],
    [{ hostName: 'a\0b' }, {}],
    [{ I1: '<r 1># x' }, {}],
  ] as const)
    assert.throws(() => read(linkTo(serverObject(client, server))), /SerialiseError|line break|comment/);
  const hooked = FILE.replace('Jc = 5', 'Jc = 5\nPostUp = curl x | sh');
  assert.match(read(linkOf(hooked)).findings.join(), /^foreign-command link:6: PostUp: came with the link/);
});

test('what is no connection for us is refused with the reason', () => {
  const wireguard = (config: unknown): JsonObject => ({ containers: [{ wireguard: { last_config: config } }] });
  for (const [text, code, message] of [
    [linkTo({ hostName: 'h', userName: 'root', password: 'secret', port: 22 }), 'missing-client', /full access/],
    [
      linkTo(serverObject({}, { containers: [{ awg: { Jc: '4' } }], userName: 'root' })),
      'missing-client',
      /full access/,
    ],
    [linkTo({ containers: [{ openvpn: { last_config: '{}' } }] }), 'missing-client', /no connection with AmneziaWG/],
    [linkTo({ config_version: 2, auth_data: {}, api_config: {} }), 'missing-client', /subscription/],
    [linkTo(serverObject({}, { format_version: 2 })), 'format-version', /above 1/],
    [linkTo(wireguard('{')), 'bad-json', /last_config: is not JSON/],
    [linkTo(wireguard({ config: '[Interface]', server_pub_key: 'x' })), 'bad-link', /has no \[Peer\] section/],
    [linkTo([['containers']]), 'bad-link', /no JSON object/],
    ['{"containers": [', 'bad-json', /is not JSON/],
    ['vless://uuid@host:443', 'foreign-link', /proxy/],
    ['{"Servers/serversList": "containers"}', 'foreign-link', /backup/],
    [linkTo({ inbounds: [], outbounds: [] }), 'foreign-link', /Xray/],
    ['{"inbounds": [], "outbounds": []}', 'foreign-link', /Xray/],
    ['client\ndev tun\nremote x 1194', 'foreign-link', /OpenVPN/],
    ['vpn://', 'bad-link', /no link/],
    ['hello world', 'bad-link', /no link/],
    [`vpn://${toBase64Url(deflateRawSync(Buffer.from('x')))}`, 'bad-link', /no link/],
  ] as const)
    assert.throws(
      () => read(text),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, code, `${text.slice(0, 40)}: ${error.message}`);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
});

test('a damaged link is called that, and a bomb goes off in no memory', () => {
  const link = linkOf(FILE);
  assert.throws(() => read(link.slice(0, -40)), { code: 'damaged-link' });
  assert.throws(() => read(`${link.slice(0, 60)}AAAA${link.slice(64)}`), { code: 'damaged-link' });
  const bomb = pack(Buffer.alloc(64 * 1024 * 1024, 'containers'));
  assert.ok(bomb.length < 400_000);
  const before = process.memoryUsage().rss;
  assert.throws(() => read(`vpn://${toBase64Url(bomb)}`), { code: 'too-large' });
  assert.ok(process.memoryUsage().rss - before < 8 * MAX_UNPACKED_BYTES);
});

test('a series of pieces: order and repeats are free, gaps and cuts are not', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 4000 }),
      fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
      (bytes, ranks) => {
        const pieces = splitSeries(bytes, 'x');
        assert.equal(pieces.length, Math.ceil(bytes.length / 850));
        const order = pieces.concat(pieces).map((piece, index) => ({ piece, rank: ranks[index] ?? 0 }));
        order.sort((a, b) => a.rank - b.rank);
        assert.deepEqual(
          joinSeries(
            order.map(({ piece }) => piece),
            'x',
          ),
          Buffer.from(bytes),
        );
      },
    ),
    { numRuns: 50 },
  );
  const pieces = splitSeries(Buffer.alloc(3000), 'x');
  assert.throws(
    () =>
      joinSeries(
        pieces.filter((_, index) => index !== 1 && index !== 3),
        'link',
      ),
    {
      code: 'bad-series',
      message: 'link: lacks 2 of 4 QR pieces: 2, 4',
    },
  );
  assert.throws(() => joinSeries([pieces[0]?.slice(0, -8) ?? ''], 'link'), { code: 'bad-series' });
  assert.throws(() => splitSeries(Buffer.alloc(850 * 255 + 1), 'x'), { code: 'qr-too-long' });
  assert.equal(splitSeries(Buffer.alloc(850 * 255), 'x').length, 255);
});

test('arbitrary text never does worse than a typed error', () => {
  const shared = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => `vpn://${toBase64Url(bytes)}`),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => `vpn://${toBase64Url(pack(bytes))}`),
    fc.json().map((json) => linkTo(JSON.parse(`{"containers":[{"awg":{"last_config":${json}}}]}`))),
    fc.json().map((json) => linkTo({ containers: JSON.parse(json) as unknown })),
    fc.object().map((client) => linkTo(serverObject(client as JsonObject))),
  );
  fc.assert(
    fc.property(shared, (text) => {
      try {
        read(text);
      } catch (error) {
        assert.match((error as Error).name, /^(Codec|Config|Serialise)Error$/);
      }
    }),
    { numRuns: 500 },
  );
});
