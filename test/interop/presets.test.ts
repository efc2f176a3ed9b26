/** What a third party makes of our guises: Wireshark must take each datagram for what it imitates. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { GuiseName } from '../../src/control/presets/guises/table.ts';
import { createPreset } from '../../src/control/presets/preset.ts';
import type { Generation } from '../../src/protocol/obfuscation/generation.ts';
import { buildProfile } from '../../src/protocol/obfuscation/parameters.ts';
import type { WallTime } from '../../src/protocol/time.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { Capture } from '../support/capture.ts';
import { findProgram } from '../support/command.ts';
import type { Flow } from '../support/datagram-program.ts';
import { NetworkNamespace, namespacesUnavailable } from '../support/network-namespace.ts';
import { Scope } from '../support/scope.ts';
import type { Host } from '../support/wire.ts';

const PROGRAM = fileURLToPath(new URL('../support/datagram-program.js', import.meta.url));
const SEEDS = [1, 2, 3, 4, 5];
const HOST = 'www.example.net';
/** Severity of Wireshark's expert information; above it are errors. */
const WARNING = 0x600000;
const PORTS: Readonly<Partial<Record<GuiseName, number>>> = { quic: 443, dns: 53, sip: 5060 };

const missing = ['tshark', 'tcpdump'].find((program) => findProgram(program) === undefined);
const skip = namespacesUnavailable() ?? (missing === undefined ? false : `${missing} is not on PATH`);

const scope = new Scope();
after(() => scope.close());

/** One handshake's worth of signature packets, and what 1.5 sends in their place at the next one. */
function flow(like: GuiseName, generation: Generation, seed: number): Flow {
  const random = new SeededRandom(seed);
  const { parameters, port = 0 } = createPreset({ like, generation, host: HOST }, random);
  const { signatures, special } = buildProfile(parameters).profile;
  const packets = [...signatures, ...(special?.packets ?? [])];
  const wall = Date.now() as WallTime;
  return { port, datagrams: packets.map((each) => Buffer.from(each.build(random, wall, 0)).toString('hex')) };
}

async function loopbackHost(): Promise<Host> {
  const namespace = await NetworkNamespace.create(scope);
  const address = { 4: '127.0.0.1', 6: '::1' } as const;
  return { namespace, device: 'lo', address, spareAddress: address };
}

describe('Wireshark takes a guise for what it imitates', { skip }, () => {
  let capture: Capture;

  before(async () => {
    const host = await loopbackHost();
    const flows = (Object.keys(PORTS) as GuiseName[]).flatMap((like) =>
      SEEDS.flatMap((seed) => [flow(like, '1.5', seed), flow(like, '3.1', seed)]),
    );
    capture = await Capture.start(scope, host);
    await host.namespace.run(process.execPath, [PROGRAM], { input: JSON.stringify(flows) });
    await capture.stop();
  });

  async function rows(like: GuiseName, ...fields: readonly string[]): Promise<string[][]> {
    return capture.fields(`udp.dstport == ${PORTS[like]}`, fields);
  }

  for (const [like, protocol] of [
    ['quic', /^eth:ethertype:ip:udp:quic(:tls)?$/],
    ['dns', /^eth:ethertype:ip:udp:dns$/],
    ['sip', /^eth:ethertype:ip:udp:sip$/],
  ] as const) {
    test(`${like}: every datagram decodes as that`, async () => {
      const found = await rows(like, 'frame.protocols');
      assert.ok(found.length >= 2 * SEEDS.length);
      for (const [protocols = ''] of found) assert.match(protocols, protocol);
    });
  }

  test('nothing is malformed, and nothing worth a warning', async () => {
    const complaints = `_ws.malformed || (_ws.expert.severity >= ${WARNING} && !quic.short)`;
    assert.deepEqual(await capture.fields(complaints, ['frame.protocols', '_ws.expert.message']), []);
    // It cannot open the packets that have no ClientHello before them, and says so: the filter does find complaints.
    assert.equal((await capture.fields(`_ws.expert.severity >= ${WARNING}`, ['frame.number'])).length, SEEDS.length);
  });

  test('QUIC: it opens the Initial packets and reads the ClientHello', async () => {
    const fields = ['quic.version', 'udp.length', 'tls.handshake.type', 'tls.handshake.extensions_server_name'];
    const found = await rows('quic', ...fields, 'tls.handshake.extensions_alpn_str');
    const initials = found.filter(([version]) => version !== '');
    assert.equal(initials.length, 2 * SEEDS.length);
    for (const row of initials) assert.deepEqual(row, ['0x00000001', '1208', '1', HOST, 'h3']);
    assert.equal(found.length - initials.length, SEEDS.length, 'packets of 1.5 that go on without a ClientHello');
  });

  test('DNS: queries of the name, with identifiers of their own', async () => {
    const found = await rows('dns', 'dns.id', 'dns.flags.response', 'dns.qry.name', 'dns.qry.type');
    assert.equal(found.length, 5 * SEEDS.length);
    for (const [, ...row] of found) assert.match(row.join(' '), /^(0|False) www\.example\.net (1|28)$/);
    assert.ok(new Set(found.map(([id]) => id)).size > SEEDS.length);
  });

  test('SIP: requests with the headers that they need', async () => {
    const fields = ['sip.Method', 'sip.r-uri', 'sip.Via.branch', 'sip.from.tag', 'sip.Call-ID', 'sip.CSeq.method'];
    const found = await rows('sip', ...fields, 'sip.Max-Forwards', 'sip.to.host', 'sip.contact.uri');
    assert.equal(found.length, 5 * SEEDS.length);
    for (const [method, uri, branch = '', tag, call, sequence, forwards, to, contact] of found) {
      assert.match(method ?? '', /^(REGISTER|OPTIONS)$/);
      assert.deepEqual([uri, sequence, forwards, to], [`sip:${HOST}`, method, '70', HOST]);
      assert.ok(branch.startsWith('z9hG4bK') && tag && call && contact);
    }
    assert.equal(new Set(found.map(([, , branch]) => branch)).size, found.length);
  });
});
