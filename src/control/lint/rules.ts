/** Every rule of `lint`. A new one is a line here. */
import type { LintRule } from './lint-subject.ts';
import { checkFamilies, checkOwnAddresses } from './rules/addresses.ts';
import { checkEndpoints, checkKeepalives, checkReachability } from './rules/endpoints.ts';
import { checkMode } from './rules/file-mode.ts';
import { checkGeneration } from './rules/generation.ts';
import { checkIgnored } from './rules/ignored.ts';
import { checkHeaderKey, checkPresharedKeys, checkPublicKeys } from './rules/keys.ts';
import { checkMtu, checkMtuForIpv6, checkMtuThere } from './rules/mtu.ts';
import { checkAdvice, checkPlainness, checkTrailerRoom } from './rules/obfuscation.ts';
import { checkOverlaps } from './rules/overlaps.ts';
import { checkDns, checkEndpointRoutes, checkLeaks, checkTables } from './rules/routes.ts';

export const RULES: readonly LintRule[] = [
  { name: 'who may read the file', check: checkMode },
  { name: 'public keys that can be no peer', check: checkPublicKeys },
  { name: 'preshared keys', check: checkPresharedKeys },
  { name: 'the header protection key', check: checkHeaderKey },
  { name: 'endpoints that are none', check: checkEndpoints },
  { name: 'who can begin', check: checkReachability },
  { name: 'keepalives behind NAT', check: checkKeepalives },
  { name: 'address families that do not meet', check: checkFamilies },
  { name: 'addresses of this end as those of a peer', check: checkOwnAddresses },
  { name: 'allowed IPs in each other', check: checkOverlaps },
  { name: 'endpoints routed into the tunnel', check: checkEndpointRoutes },
  { name: 'routing tables', check: checkTables },
  { name: 'one family outside of the tunnel', check: checkLeaks },
  { name: 'name servers', check: checkDns },
  { name: 'datagrams larger than the path', check: checkMtu },
  { name: 'IPv6 on a small MTU', check: checkMtuForIpv6 },
  { name: 'the MTU of the other end', check: checkMtuThere },
  { name: 'advice on the profile', check: checkAdvice },
  { name: 'what still looks like WireGuard', check: checkPlainness },
  { name: 'room for trailers', check: checkTrailerRoom },
  { name: 'what the other end must speak', check: checkGeneration },
  { name: 'keys without effect', check: checkIgnored },
];
