/** Which way datagrams, packets and questions for names go. */
import { familyOf } from '../../../device/routing-plan.ts';
import { covers, formatPrefix, parseAddress } from '../../../protocol/address-text.ts';
import type { Prefix } from '../../../protocol/engine-port.ts';
import type { LintPeer, LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding, lineOf, lineOfText } from '../lint-subject.ts';

const MAIN_TABLE = 254;
const RESERVED_TABLES: ReadonlyMap<number, string> = new Map([
  [253, 'default'],
  [254, 'main'],
  [255, 'local'],
]);

interface Target {
  readonly peer: LintPeer;
  readonly prefix: Prefix;
}

function targetsOf({ peers }: LintSubject): Target[] {
  return peers.flatMap((peer) => peer.entry.allowedIps.map((prefix) => ({ peer, prefix })));
}

function hostPrefix(address: Uint8Array): Prefix {
  return { address, length: address.length * 8 };
}

/**
 * A datagram to the peer that is itself routed into the tunnel goes round in circles. Policy routing
 * spares it for /0 alone; 0.0.0.0/1 with 128.0.0.0/1 is not that.
 */
export function checkEndpointRoutes(subject: LintSubject): UnplacedFinding[] {
  const { table } = subject.config;
  if (table !== 'auto' && table !== MAIN_TABLE) return [];
  return subject.peers.flatMap(({ entry }) => {
    const address = entry.endpoint === undefined ? undefined : parseAddress(entry.endpoint.host);
    if (address === undefined || entry.endpoint === undefined) return [];
    const swallowing = targetsOf(subject).find(
      ({ prefix }) => covers(prefix, hostPrefix(address)) && (prefix.length > 0 || table === MAIN_TABLE),
    );
    if (swallowing === undefined) return [];
    const { line, host } = entry.endpoint;
    const text = `${host} lies within ${formatPrefix(swallowing.prefix)} of AllowedIPs: the datagrams of the tunnel would go into the tunnel`;
    const fix =
      swallowing.prefix.length === 0
        ? 'remove "Table = main", so that policy routing keeps them apart'
        : 'take the endpoint out of AllowedIPs, or use 0.0.0.0/0 (::/0), which policy routing handles';
    return [finding('error', 'endpoint-in-allowed-ips', [line, 'Endpoint'], text, fix)];
  });
}

export function checkTables(subject: LintSubject): UnplacedFinding[] {
  const { config, device } = subject;
  const hasDefault = targetsOf(subject).some(({ prefix }) => prefix.length === 0);
  const name = RESERVED_TABLES.get(config.fwmark);
  if (config.table === 'auto') {
    if (!hasDefault || name === undefined) return [];
    const text = `is also the number of the table for the default route, and ${config.fwmark} is the system's table "${name}"`;
    return [finding('error', 'fwmark-reserved-table', [lineOf(device, 'FwMark'), 'FwMark'], text, 'FwMark = 51820')];
  }
  if (!hasDefault || config.table === MAIN_TABLE) return [];
  const place = [lineOf(device, 'Table'), 'Table'] as const;
  const table = typeof config.table === 'object' ? config.table.name : config.table;
  const text =
    config.table === 'off'
      ? 'is off: no route is made, so the default route of AllowedIPs has no effect by itself'
      : `puts the default route into table ${table}; nothing uses it before you add "ip rule" for it`;
  const fix = config.fwmark === 0 ? 'set FwMark too, to tell the datagrams of the tunnel apart in these rules' : '';
  return [finding('info', 'table-without-rules', place, text, fix)];
}

/** IPv4 through the tunnel and IPv6 beside it, or the other way round. */
export function checkLeaks(subject: LintSubject): UnplacedFinding[] {
  if (subject.config.table !== 'auto') return [];
  const wide = targetsOf(subject).filter(({ prefix }) => prefix.length <= WIDE_PREFIX);
  const full = wide.find(({ prefix }) => prefix.length === 0);
  if (full === undefined || wide.some(({ prefix }) => familyOf(prefix) !== familyOf(full.prefix))) return [];
  const isIpv4 = familyOf(full.prefix) === 4;
  const [inside, outside, missing] = isIpv4 ? ['IPv4', 'IPv6', '::/0'] : ['IPv6', 'IPv4', '0.0.0.0/0'];
  const text = `has all of ${inside} go through the tunnel; ${outside} goes outside of it, if this host has any`;
  const line = lineOfText(full.peer, 'AllowedIPs', formatPrefix(full.prefix));
  const fix = `add ${missing}, even without ${outside} behind the peer`;
  return [finding('warning', `${outside.toLowerCase()}-leak`, [line, 'AllowedIPs'], text, fix)];
}

/** 2000::/3, which is all of IPv6 in use, and the halves of a default route. */
const WIDE_PREFIX = 3;

export function checkDns(subject: LintSubject): UnplacedFinding[] {
  const entries = subject.device.entries.get('dns') ?? [];
  const targets = targetsOf(subject);
  const hasDefault = targets.some(({ prefix }) => prefix.length <= 1);
  return entries.flatMap(({ line, value }) => {
    const servers = value.split(',').flatMap((text) => parseAddress(text.trim()) ?? []);
    const outside = servers.find((server) => !targets.some(({ prefix }) => covers(prefix, hostPrefix(server))));
    if (outside !== undefined) {
      const shown = formatPrefix(hostPrefix(outside)).replace(/\/\d+$/, '');
      const text = `${shown} is in no AllowedIPs: questions for it go past the tunnel, readable to everybody on the way`;
      return [
        finding(
          'warning',
          'dns-outside',
          [line, 'DNS'],
          text,
          `add ${formatPrefix(hostPrefix(outside))} to AllowedIPs`,
        ),
      ];
    }
    if (hasDefault || servers.length === 0) return [];
    const text = 'takes all questions for names, though only a part of the traffic goes through the tunnel';
    return [
      finding('info', 'dns-without-default-route', [line, 'DNS'], text, 'leave it out, unless its names are needed'),
    ];
  });
}
