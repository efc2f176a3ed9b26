/** What the kernel answers, or somebody who can write to the socket: any bytes are read without a throw and without copies of what is not there. */
import { SystemCallError } from '../../../src/platform/ffi/system-call-error.ts';
import { decodeAddress } from '../../../src/platform/linux/netlink/addresses.ts';
import { decodeLink } from '../../../src/platform/linux/netlink/links.ts';
import type { NetlinkMessage } from '../../../src/platform/linux/netlink/message.ts';
import {
  attribute,
  decodeAttributes,
  decodeMessages,
  encodeMessage,
} from '../../../src/platform/linux/netlink/message.ts';
import { errnoOf, kernelTextOf } from '../../../src/platform/linux/netlink/netlink-error.ts';
import { decodeChosenRoute, decodeRoute } from '../../../src/platform/linux/netlink/routes.ts';
import { decodeRule } from '../../../src/platform/linux/netlink/rules.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise, typed } from '../engine/target.ts';
import { same } from './support.ts';

const DECODERS: ReadonlyArray<(message: NetlinkMessage) => unknown> = [
  decodeLink,
  decodeAddress,
  decodeRoute,
  decodeChosenRoute,
  decodeRule,
];

const HEADER = { type: 16, flags: 2, sequence: 7 };
const seed = (fixed: number): Uint8Array =>
  encodeMessage(HEADER, new Uint8Array(fixed), [
    attribute.u32(1, 5),
    attribute.text(3, 'lo'),
    attribute.nested(18, [attribute.text(1, 'tun')]),
  ]);

function checkAgain({ type, flags, sequence, payload }: NetlinkMessage): void {
  const [again] = decodeMessages(encodeMessage({ type, flags, sequence }, payload, []));
  promise(again?.type === type && same(again.payload, payload), 'a message is not read back');
}

export const target: FuzzTarget = {
  seeds: [seed(16), seed(8), seed(12), Buffer.concat([seed(16), seed(12)])],
  probe: (input) => {
    const messages = decodeMessages(input);
    promise(messages.length <= input.length / 16, `${messages.length} messages in ${input.length} bytes`);
    for (const message of messages) {
      for (const decode of DECODERS) typed(() => decode(message), SystemCallError);
      errnoOf(message);
      kernelTextOf(message);
      for (const value of decodeAttributes(message.payload).values())
        promise(value.length <= message.payload.length, 'an attribute is longer than its message');
      checkAgain(message);
    }
  },
};
