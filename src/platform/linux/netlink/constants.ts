/** Numbers of rtnetlink(7) that we speak, by the names of the kernel's headers. */

export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
} as const;

export const NETLINK_ROUTE = 0;

/** Groups that are told of changes, as bits. */
export const RTMGRP = {
  LINK: 0x1,
  IPV4_IFADDR: 0x10,
  IPV4_ROUTE: 0x40,
  IPV6_IFADDR: 0x100,
  IPV6_ROUTE: 0x400,
} as const;

/** Message types that are not requests. */
export const NLMSG = { ERROR: 2, DONE: 3 } as const;

export const NLM_F = {
  REQUEST: 0x001,
  MULTI: 0x002,
  ACK: 0x004,
  DUMP_INTERRUPTED: 0x010,
  DUMP: 0x300,
  EXCLUSIVE: 0x200,
  CREATE: 0x400,
  /** In an error: the request is not repeated in it. */
  CAPPED: 0x100,
  /** In an error: attributes with the kernel's own words follow. */
  ACK_ATTRIBUTES: 0x200,
} as const;

export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINKINFO: 18,
  NET_NS_PID: 19,
  NET_NS_FD: 28,
} as const;

export const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
export const VETH_INFO_PEER = 1;
export const IFF_UP = 1;

export const IFA = { ADDRESS: 1, LOCAL: 2, FLAGS: 8 } as const;
/** The address is usable at once: nobody else can have it. */
export const IFA_F_NODAD = 0x02;

export const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6, PREFSRC: 7, TABLE: 15, MARK: 16 } as const;
export const RT_TABLE = { UNSPECIFIED: 0, MAIN: 254, LOCAL: 255 } as const;
export const RT_SCOPE = { UNIVERSE: 0, LINK: 253 } as const;
export const RTPROT_BOOT = 3;
export const RTN_UNICAST = 1;

export const FRA = { PRIORITY: 6, FWMARK: 10, SUPPRESS_PREFIXLEN: 14, TABLE: 15, FWMASK: 16 } as const;
export const FIB_RULE_INVERT = 2;
export const FR_ACT_TO_TBL = 1;
