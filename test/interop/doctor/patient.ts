/** Two hosts of which one runs amneziawg-go with something wrong, and doctor at the other. */
import { fileURLToPath } from 'node:url';
import type { DoctorReport } from '../../../src/control/doctor/report.ts';
import { amneziawgRelease } from '../../support/engines/amneziawg-releases.ts';
import { writeConfig } from '../../support/engines/awg-vpn.ts';
import type { KeyPair } from '../../support/keys.ts';
import { generateKeyPair, generatePresharedKey } from '../../support/keys.ts';
import { uniqueName } from '../../support/network-namespace.ts';
import type { Scope } from '../../support/scope.ts';
import type { PeerSettings, TunnelSettings } from '../../support/tunnel-settings.ts';
import type { Host } from '../../support/wire.ts';
import { connectHosts, endpointText } from '../../support/wire.ts';
import { startFlood } from '../generations/cookies.ts';
import type { Mismatch } from './mismatches.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const PORT = 51_820;
const MTU = 1_380;
const OUR_ADDRESS = '10.201.0.1';
const THEIR_ADDRESS = '10.201.0.2';

/** Long enough for a second initiation of the other end, and for our answer to it. */
const SECONDS = 14;
/** A flood leaves little of the processor, and a cookie may be lost in it. */
const SECONDS_UNDER_LOAD = 30;

/** Before each of their initiations; some of it is as long as one. */
const NOISE = { Jc: 4, Jmin: 160, Jmax: 190, I1: '<b 0xc0ffee><r 156>' };

interface Keys {
  readonly ours: KeyPair;
  readonly theirs: KeyPair;
  readonly presharedKey: string;
}

export async function examine(scope: Scope, mismatch: Mismatch): Promise<DoctorReport> {
  const [here, there] = await connectHosts(scope);
  const keys = { ours: generateKeyPair(), theirs: generateKeyPair(), presharedKey: generatePresharedKey() };
  const foreign = theirSettings(mismatch, keys, here);
  const tunnel = await amneziawgRelease(mismatch.release).start(scope, there.namespace, foreign);
  if (mismatch.speaks !== false) {
    there.namespace.spawn('ping', ['-n', '-i', '0.5', OUR_ADDRESS], {}, scope);
  }
  if (mismatch.underLoad === true) {
    const end = { host: there, tunnel, keys: { ...keys.theirs }, inner: { 4: THEIR_ADDRESS, 6: '' } };
    const ourEnd = { ...end, host: here, keys: keys.ours };
    const pair = { presharedKey: keys.presharedKey, initiator: ourEnd, responder: end };
    await startFlood(scope, pair, { ...mismatch.shared, ...mismatch.theirs }, 4);
  }
  const path = writeConfig(scope, uniqueName('d'), ourSettings(mismatch, keys, there));
  return runDoctor(here, path, mismatch);
}

async function runDoctor(here: Host, path: string, { args = [], underLoad }: Mismatch): Promise<DoctorReport> {
  const seconds = String(underLoad === true ? SECONDS_UNDER_LOAD : SECONDS);
  const command = [process.execPath, PROGRAM, 'doctor', path, '--json', '--seconds', seconds, ...args];
  // 1 says that something is wrong, which is what the report is about.
  const shell = ['-c', '"$@" || [ $? = 1 ]', 'doctor', ...command];
  return JSON.parse(await here.namespace.run('sh', shell)) as DoctorReport;
}

function theirSettings(mismatch: Mismatch, keys: Keys, here: Host): TunnelSettings {
  const { role, wrongKey, shared, theirs = {} } = mismatch;
  const isWrong = (key: Mismatch['wrongKey']): boolean => key === wrongKey;
  const psk = isWrong('their-preshared-key') ? generatePresharedKey() : keys.presharedKey;
  const peer: PeerSettings = {
    publicKey: isWrong('their-public-key-of-us') ? generateKeyPair().publicKey : keys.ours.publicKey,
    ...(isWrong('no-preshared-key') ? {} : { presharedKey: psk }),
    ...(role === 'server' ? { endpoint: endpointText(here.address[4], PORT), persistentKeepalive: 1 } : {}),
    allowedIps: [`${OUR_ADDRESS}/32`],
  };
  return {
    privateKey: (isWrong('their-private-key') ? generateKeyPair() : keys.theirs).privateKey,
    listenPort: PORT,
    addresses: [`${THEIR_ADDRESS}/32`],
    mtu: MTU,
    obfuscation: { ...shared, ...NOISE, ...theirs },
    peers: [peer],
  };
}

function ourSettings({ role, shared, ours = {} }: Mismatch, keys: Keys, there: Host): TunnelSettings {
  const peer: PeerSettings = {
    publicKey: keys.theirs.publicKey,
    presharedKey: keys.presharedKey,
    ...(role === 'client' ? { endpoint: endpointText(there.address[4], PORT) } : {}),
    allowedIps: [`${THEIR_ADDRESS}/32`],
  };
  return {
    privateKey: keys.ours.privateKey,
    listenPort: role === 'server' ? PORT : 0,
    addresses: [`${OUR_ADDRESS}/32`],
    mtu: MTU,
    obfuscation: { ...shared, ...ours },
    peers: [peer],
  };
}
