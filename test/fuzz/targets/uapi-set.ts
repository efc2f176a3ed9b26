/**
 * A `set` operation line by line, as whoever may open the configuration socket can write it, carried out on a
 * model of a device. What `get` then says is an operation that makes the same device out of an empty one.
 */
import { getAnswer } from '../../../src/control/uapi/get-answer.ts';
import { SetOperation } from '../../../src/control/uapi/set-operation.ts';
import { UapiError } from '../../../src/control/uapi/uapi-error.ts';
import type {
  DeviceChange,
  DeviceConfiguration,
  PeerChange,
  PeerConfiguration,
} from '../../../src/device/live/device-change.ts';
import { formatPrefix, maskPrefix } from '../../../src/protocol/address-text.ts';
import { toHex } from '../../../src/protocol/bytes.ts';
import type { Prefix } from '../../../src/protocol/engine-port.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise, typed } from '../engine/target.ts';
import { textOf } from './support.ts';

const KEYS = [Buffer.alloc(32, 3).toString('hex'), Buffer.alloc(32, 4).toString('hex')] as const;

const EMPTY: DeviceConfiguration = {
  name: 'fuzz',
  hasPrivateKey: false,
  privateKey: undefined,
  publicKey: undefined,
  listenPort: 0,
  fwmark: 0,
  parameters: {},
  peers: [],
};

/** What `get` tells about a device beyond its settings. */
const NOT_SET = /^(protocol_version|last_handshake_time_n?sec|tx_bytes|rx_bytes)=/;

/** A device as far as settings go. */
class ModelDevice {
  /** By public key. BOUNDED by the length of an input. */
  readonly #peers = new Map<string, PeerConfiguration>();
  #settings = EMPTY;

  get configuration(): DeviceConfiguration {
    return { ...this.#settings, peers: [...this.#peers.values()] };
  }

  become({ peers = [], privateKey, replacePeers, ...settings }: DeviceChange): void {
    promise(replacePeers === undefined, 'an operation names those that go');
    const key = privateKey === null ? { privateKey: undefined } : privateKey && { privateKey };
    this.#settings = { ...this.#settings, ...settings, ...key };
    for (const peer of peers) this.#change(peer);
  }

  #change(change: PeerChange): void {
    const { publicKey, presharedKey, endpoint, persistentKeepalive } = change;
    promise(publicKey.length === 32, `a public key of ${publicKey.length} bytes`);
    const name = toHex(publicKey);
    if (change.remove === true) this.#peers.delete(name);
    if (change.remove === true || (change.updateOnly === true && !this.#peers.has(name))) return;
    const old = this.#peers.get(name) ?? newPeer(publicKey);
    const added = (change.addAllowedIps ?? []).map(maskPrefix);
    this.#release(added);
    const kept = change.replaceAllowedIps === true ? [] : (this.#peers.get(name)?.allowedIps ?? []);
    this.#peers.set(name, {
      ...old,
      ...(presharedKey !== undefined && { presharedKey: presharedKey ?? undefined }),
      ...(endpoint && { endpoint }),
      ...(persistentKeepalive !== undefined && { persistentKeepalive }),
      allowedIps: [...without(kept, (change.removeAllowedIps ?? []).map(maskPrefix)), ...unique(added)],
    });
  }

  /** A prefix has one owner. */
  #release(prefixes: readonly Prefix[]): void {
    for (const [name, peer] of this.#peers)
      this.#peers.set(name, { ...peer, allowedIps: without(peer.allowedIps, prefixes) });
  }
}

function newPeer(publicKey: Uint8Array): PeerConfiguration {
  return {
    publicKey,
    presharedKey: undefined,
    endpoint: undefined,
    allowedIps: [],
    persistentKeepalive: 0,
    lastHandshake: 0,
    sentBytes: 0,
    receivedBytes: 0,
    carriers: [],
  };
}

function without(prefixes: readonly Prefix[], gone: readonly Prefix[]): Prefix[] {
  const names = new Set(gone.map(formatPrefix));
  return prefixes.filter((prefix) => !names.has(formatPrefix(prefix)));
}

function unique(prefixes: readonly Prefix[]): Prefix[] {
  return [...new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix])).values()];
}

/** Whether nothing was refused. */
function carryOut(device: ModelDevice, lines: readonly string[]): boolean {
  const operation = new SetOperation();
  for (const line of lines) if (!typed(() => accept(operation, line), UapiError)) return false;
  device.become(operation.changeOf(device.configuration));
  return true;
}

function accept(operation: SetOperation, line: string): true {
  operation.line(line);
  return true;
}

export const target: FuzzTarget = {
  seeds: [
    `private_key=${KEYS[0]}\nlisten_port=7\nfwmark=0\nreplace_peers=true\njc=4\njmin=1\njmax=9\nh1=1-2\ni1=<b 0x00>`,
    `public_key=${KEYS[0]}\nallowed_ip=10.0.0.0/8\nallowed_ip=::/0\npublic_key=${KEYS[1]}\nallowed_ip=10.0.0.0/8`,
    `public_key=${KEYS[1]}\nupdate_only=true\nendpoint=[fe80::1]:7\npersistent_keepalive_interval=20-25\n\nremove=true`,
    `public_key=${KEYS[0]}\npreshared_key=${KEYS[1]}\nallowed_ip=-10.0.0.0/8\nreplace_allowed_ips=true\nallowed_ip=1.2.3.4`,
  ],
  words: ['\n', '=', 'public_key=', 'allowed_ip=', 'replace_peers=true', 'remove=true', ...KEYS],
  probe: (input) => {
    const device = new ModelDevice();
    for (const operation of textOf(input).split('\n\n')) carryOut(device, operation.split('\n'));
    const answer = getAnswer(device.configuration);
    const again = new ModelDevice();
    const settings = answer.split('\n').filter((line) => line !== '' && !NOT_SET.test(line));
    promise(carryOut(again, settings), `what get says is refused by set:\n${answer}`);
    const second = getAnswer(again.configuration);
    promise(second === answer, `what get says makes another device:\n${answer}\n${second}`);
  },
};
