/** What censors do, as nftables rules of the namespace in the middle. */
import { TO_CLIENT, TO_SERVER } from './censored-pair.ts';

function forward(...rules: readonly string[]): string {
  return `table ip censor {
  chain forward { type filter hook forward priority 0;
    ${rules.join('\n    ')}
  }
}`;
}

export const UDP_DROPPED = forward('meta l4proto udp drop');
export const UDP_DROPPED_TO_CLIENT = forward(`oifname "${TO_CLIENT}" meta l4proto udp drop`);
export const UDP_DROPPED_TO_SERVER = forward(`oifname "${TO_SERVER}" meta l4proto udp drop`);

/** Of each flow, both directions together; the censor's kernel has to count them. */
export const UDP_DROPPED_AFTER_64_KIB = forward('meta l4proto udp ct bytes > 65536 drop');

/** A policer: what is above the rate is dropped, in each direction by itself. */
export const UDP_POLICED_TO_1_MBIT = forward(
  `oifname "${TO_CLIENT}" meta l4proto udp limit rate over 125 kbytes/second burst 32 kbytes drop`,
  `oifname "${TO_SERVER}" meta l4proto udp limit rate over 125 kbytes/second burst 32 kbytes drop`,
);

/** Whoever sends anything gets a reset. */
export const TCP_RESET = forward('meta l4proto udp drop', 'meta l4proto tcp reject with tcp reset');

/**
 * A middlebox that looks at the first payload of each flow and lets only what looks like TLS (a record
 * of a handshake) or HTTP (a method) go on; TCP flows get a reset, others nothing.
 */
export const ONLY_TLS_AND_HTTP = forward(
  'meta l4proto udp drop',
  'ct mark 1 accept',
  'meta l4proto tcp ct mark 2 reject with tcp reset',
  'meta l4proto tcp @ih,0,16 0x1603 ct mark set 1 accept',
  'meta l4proto tcp @ih,0,32 { 0x47455420, 0x504f5354, 0x48454144 } ct mark set 1 accept',
  'meta l4proto tcp @ih,0,8 >= 0 ct mark set 2 reject with tcp reset',
);

/** The same for plain HTTP alone: of the carriers only a WebSocket without TLS gets through. */
export const ONLY_HTTP = ONLY_TLS_AND_HTTP.replace(/.*0x1603.*\n/, '');

/** A shaper towards the client: UDP waits in a queue that is much too long, others have one of their own. */
export const UDP_SHAPED_TO_1_MBIT = {
  rules: forward(`oifname "${TO_CLIENT}" meta l4proto udp meta priority set 1:1`),
  commands: [
    ['qdisc', 'replace', 'dev', TO_CLIENT, 'root', 'handle', '1:', 'htb', 'default', '2'],
    ['class', 'add', 'dev', TO_CLIENT, 'parent', '1:', 'classid', '1:1', 'htb', 'rate', '1mbit'],
    ['class', 'add', 'dev', TO_CLIENT, 'parent', '1:', 'classid', '1:2', 'htb', 'rate', '10gbit', 'quantum', '60000'],
    ['qdisc', 'add', 'dev', TO_CLIENT, 'parent', '1:1', 'bfifo', 'limit', '500000'],
  ],
} as const;
