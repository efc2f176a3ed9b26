/** What the kernel says to a netlink request that it refuses. */
import { ERRNO } from '../../ffi/errno.ts';
import { PRIVILEGE_HINT, SystemCallError } from '../../ffi/system-call-error.ts';
import { NLM_F } from './constants.ts';
import type { NetlinkMessage } from './message.ts';
import { decodeAttributes, NLMSG_HEADER_BYTES, readText, viewOf } from './message.ts';

export class NetlinkError extends SystemCallError {
  override readonly name: string = 'NetlinkError';
  /** What was to be done: `add address 10.0.0.2/24 to interface 7`. */
  readonly attempt: string;
  /** The kernel's own words (extended acknowledgement), where it has any. */
  readonly kernelText: string | undefined;

  constructor(call: string, errno: number, attempt: string, kernelText?: string) {
    super(call, errno, attempt, kernelText ?? (errno === ERRNO.EPERM ? PRIVILEGE_HINT : undefined));
    this.attempt = attempt;
    this.kernelText = kernelText;
  }
}

const NLMSGERR_ATTR_MSG = 1;

/** The errno of an NLMSG_ERROR or NLMSG_DONE message, 0 for success. */
export function errnoOf(message: NetlinkMessage): number {
  return message.payload.length < 4 ? 0 : -viewOf(message.payload).getInt32(0, true);
}

/** The extended acknowledgement of an NLMSG_ERROR message. It lies behind what is repeated of the request. */
export function kernelTextOf(message: NetlinkMessage): string | undefined {
  const { payload, flags } = message;
  if ((flags & NLM_F.ACK_ATTRIBUTES) === 0 || payload.length < 8) return undefined;
  const repeated = (flags & NLM_F.CAPPED) === 0 ? viewOf(payload).getUint32(4, true) : NLMSG_HEADER_BYTES;
  return readText(decodeAttributes(payload, 4 + 4 * Math.ceil(repeated / 4)).get(NLMSGERR_ATTR_MSG));
}
