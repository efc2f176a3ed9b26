/** Addresses of this end, and what goes through the tunnel. */
import { formatPrefix } from '../../../protocol/address-text.ts';
import { equalBytes } from '../../../protocol/bytes.ts';
import type { LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf, lineOfText } from '../lint-subject.ts';

const FAMILIES = [
  { name: 'IPv4', bytes: 4 },
  { name: 'IPv6', bytes: 16 },
] as const;

export function checkFamilies({ config, device, peers }: LintSubject): UnplacedFinding[] {
  if (config.addresses.length === 0) {
    const text = 'is not set: the interface gets no address, so this host has none to send from';
    return [
      finding('warning', 'address-missing', [device.line, 'Address'], text, 'add the address that the peer allows'),
    ];
  }
  return FAMILIES.flatMap(({ name, bytes }) => {
    const address = config.addresses.find((each) => each.address.length === bytes);
    const routed = peers.flatMap((peer) =>
      peer.entry.allowedIps.filter((prefix) => prefix.address.length === bytes).map((prefix) => ({ peer, prefix })),
    );
    const [first] = routed;
    if (address === undefined && first !== undefined) {
      const text = `routes ${formatPrefix(first.prefix)} into the tunnel, but there is no ${name} Address to send from`;
      const line = lineOfText(first.peer, 'AllowedIPs', formatPrefix(first.prefix));
      const fix = `add an ${name} Address that the peer allows, or leave ${name} out of AllowedIPs`;
      return [finding('warning', `${name.toLowerCase()}-without-address`, [line, 'AllowedIPs'], text, fix)];
    }
    if (address === undefined || first !== undefined || peers.length === 0) return [];
    const text = `has ${formatPrefix(address)}, but no peer has an ${name} AllowedIPs: nothing can use it`;
    return [finding('info', `${name.toLowerCase()}-without-peer`, [lineOf(device, 'Address'), 'Address'], text)];
  });
}

export function checkOwnAddresses({ config, peers }: LintSubject): UnplacedFinding[] {
  return peers.flatMap((peer) =>
    peer.entry.allowedIps.flatMap((prefix) => {
      const isHost = prefix.length === prefix.address.length * 8;
      const isOurs = config.addresses.some(({ address }) => equalBytes(address, prefix.address));
      if (!isHost || !isOurs) return [];
      const text = `${formatPrefix(prefix)} is the Address of this end; here belongs what is behind the peer`;
      const line = lineOfText(peer, 'AllowedIPs', formatPrefix(prefix).replace(/\/\d+$/, ''));
      return [finding('error', 'allowed-ips-own-address', [line, 'AllowedIPs'], text, "put the peer's address here")];
    }),
  );
}
