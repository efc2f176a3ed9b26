/** Policy routing rules: `fib_rule_hdr` and its attributes. */
import { AF_INET, AF_INET6 } from '../socket.ts';
import { FIB_RULE_INVERT, FR_ACT_TO_TBL, FRA, RTM } from './constants.ts';
import type { Attribute, NetlinkMessage } from './message.ts';
import { attribute, decodeAttributes, fixedPart, readUint32, viewOf } from './message.ts';
import type { NetlinkRequest } from './netlink-socket.ts';
import { shortTable } from './routes.ts';

export interface Rule {
  readonly family: 4 | 6;
  /** Lower is asked earlier. Always explicit: the kernel's choice depends on who came before. */
  readonly priority: number;
  readonly table: number;
  /** Matches packets with this mark; all packets without it. */
  readonly fwmark?: number;
  /** Matches what would not match, and the other way round. */
  readonly invert?: boolean;
  /** Passes over routes of this prefix length or shorter; 0 means "but not its default route". */
  readonly suppressPrefixLength?: number;
}

/**
 *     0 family, 1 destination length, 2 source length, 3 tos, 4 table, 5 and 6 reserved, 7 action,
 *     all u8; 8 flags u32
 */
const FIB_RULE_HDR = { family: 0, table: 4, action: 7, flags: 8, bytes: 12 } as const;
/** In a listed rule: no suppression. */
const NO_SUPPRESSION = 0xffff_ffff;

/** Adds (RTM.NEWRULE) or removes (RTM.DELRULE) a rule. */
export function ruleRequest(type: typeof RTM.NEWRULE | typeof RTM.DELRULE, rule: Rule): NetlinkRequest {
  const fixed = ruleHeader(rule.family, rule.table);
  fixed[FIB_RULE_HDR.action] = FR_ACT_TO_TBL;
  if (rule.invert === true) viewOf(fixed).setUint32(FIB_RULE_HDR.flags, FIB_RULE_INVERT, true);
  const attributes: Attribute[] = [attribute.u32(FRA.TABLE, rule.table), attribute.u32(FRA.PRIORITY, rule.priority)];
  if (rule.fwmark !== undefined) {
    attributes.push(attribute.u32(FRA.FWMARK, rule.fwmark), attribute.u32(FRA.FWMASK, 0xffff_ffff));
  }
  if (rule.suppressPrefixLength !== undefined) {
    attributes.push(attribute.u32(FRA.SUPPRESS_PREFIXLEN, rule.suppressPrefixLength));
  }
  const verb = type === RTM.NEWRULE ? 'add' : 'remove';
  const attempt = `${verb} IPv${rule.family} rule ${rule.priority} for table ${rule.table}`;
  return { type, fixed, attributes, attempt };
}

export function ruleListRequest(family: 4 | 6): NetlinkRequest {
  return { type: RTM.GETRULE, fixed: ruleHeader(family, 0), attributes: [], attempt: `list IPv${family} rules` };
}

function ruleHeader(family: 4 | 6, table: number): Uint8Array {
  const fixed = new Uint8Array(FIB_RULE_HDR.bytes);
  fixed[FIB_RULE_HDR.family] = family === 4 ? AF_INET : AF_INET6;
  fixed[FIB_RULE_HDR.table] = shortTable(table);
  return fixed;
}

export function decodeRule(message: NetlinkMessage): Rule {
  const fixed = fixedPart(message, FIB_RULE_HDR.bytes);
  const attributes = decodeAttributes(message.payload, FIB_RULE_HDR.bytes);
  const fwmark = readUint32(attributes.get(FRA.FWMARK));
  const suppression = readUint32(attributes.get(FRA.SUPPRESS_PREFIXLEN)) ?? NO_SUPPRESSION;
  return {
    family: fixed.getUint8(FIB_RULE_HDR.family) === AF_INET ? 4 : 6,
    priority: readUint32(attributes.get(FRA.PRIORITY)) ?? 0,
    table: readUint32(attributes.get(FRA.TABLE)) ?? fixed.getUint8(FIB_RULE_HDR.table),
    invert: (fixed.getUint32(FIB_RULE_HDR.flags, true) & FIB_RULE_INVERT) !== 0,
    ...(fwmark === undefined ? {} : { fwmark }),
    ...(suppression === NO_SUPPRESSION ? {} : { suppressPrefixLength: suppression }),
  };
}
