/** Where peers are, and who can reach whom. */
import { parseAddress } from '../../../protocol/address-text.ts';
import { isOff, keepaliveRange } from '../../../protocol/timers/keepalive-interval.ts';
import type { LintPeer, LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf } from '../lint-subject.ts';

/** Why nobody can be at that address; undefined for any other. */
function objection(address: Uint8Array): string | undefined {
  const [first = 0, second = 0] = address;
  if (address.every((byte) => byte === 0)) return 'is the unspecified address';
  if (address.length === 4 && first >= 224) return first < 240 ? 'is a multicast address' : 'is no unicast address';
  if (address.length === 4 && first === 0) return 'is no unicast address';
  if (address.length === 16 && first === 0xff) return 'is a multicast address';
  const isLinkLocal = address.length === 16 && first === 0xfe && (second & 0xc0) === 0x80;
  return isLinkLocal ? 'is a link-local address without its interface' : undefined;
}

export function checkEndpoints({ peers }: LintSubject): UnplacedFinding[] {
  return peers.flatMap(({ entry }) => {
    if (entry.endpoint === undefined) return [];
    const { host, line } = entry.endpoint;
    const address = parseAddress(host);
    const complaint = address && objection(address);
    if (complaint === undefined) return [];
    const fix = complaint.includes('interface') ? `write [${host}%eth0] with the name of the interface` : '';
    return [finding('error', 'endpoint-unusable', [line, 'Endpoint'], `${host} ${complaint}`, fix)];
  });
}

export function checkReachability({ peers, config, device }: LintSubject): UnplacedFinding[] {
  if (peers.length === 0) {
    return [finding('info', 'no-peers', [device.line, ''], 'there is no [Peer] section: nobody can connect')];
  }
  if (config.listenPort !== 0 || peers.some(({ entry }) => entry.endpoint !== undefined)) return [];
  const text = 'there is neither a ListenPort, by which others find this end, nor an Endpoint to begin with';
  return [finding('warning', 'unreachable', [device.line, ''], text, 'a server needs ListenPort, a client Endpoint')];
}

export function checkKeepalives({ peers, config }: LintSubject): UnplacedFinding[] {
  return peers.flatMap((peer) => {
    const isKept = !isOff(keepaliveRange(peer.entry.persistentKeepalive));
    if (peer.entry.endpoint === undefined) return isKept ? [useless(peer)] : [];
    if (isKept || config.listenPort !== 0) return [];
    const text =
      'is not set, and without ListenPort this end is usually behind NAT: after a pause of a minute or so nothing from the peer gets through until this end sends again';
    const fix = 'PersistentKeepalive = 25';
    return [finding('warning', 'keepalive-missing', [peer.line, 'PersistentKeepalive'], text, fix)];
  });
}

function useless(peer: LintPeer): UnplacedFinding {
  const text = 'begins only when the peer has called, as its Endpoint is not known';
  return finding('info', 'keepalive-waits', [lineOf(peer, 'PersistentKeepalive'), 'PersistentKeepalive'], text);
}
