/** Each kind of message: fields lie where the paper has them, so encoding what was read changes no byte but the MACs. */
import { MAC_BYTES } from '../../../src/protocol/constants.ts';
import { encodeCookieReply, parseCookieReply } from '../../../src/protocol/wire/cookie-reply.ts';
import { encodeInitiation, parseInitiation } from '../../../src/protocol/wire/initiation.ts';
import { mac1Input, mac1Of, mac2Input, mac2Of } from '../../../src/protocol/wire/macs.ts';
import { encodeResponse, parseResponse } from '../../../src/protocol/wire/response.ts';
import { encodeTransport, parseTransport } from '../../../src/protocol/wire/transport.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { same } from './support.ts';

const SIZES = [148, 92, 64, 32, 48, 147, 149];

function checkMacs(message: Uint8Array): void {
  if (message.length < 2 * MAC_BYTES) return;
  promise(mac1Input(message).length === message.length - 2 * MAC_BYTES, 'mac1 covers something else');
  promise(mac2Input(message).length === message.length - MAC_BYTES, 'mac2 covers something else');
  promise(mac1Of(message).length === MAC_BYTES && mac2Of(message).length === MAC_BYTES, 'a MAC has another size');
}

export const target: FuzzTarget = {
  seeds: SIZES.map((length) => Uint8Array.from({ length }, (_, index) => index)),
  longest: 300,
  probe: (message) => {
    const withoutMacs = message.slice();
    withoutMacs.fill(0, Math.max(0, message.length - 2 * MAC_BYTES));
    const initiation = parseInitiation(message);
    if (initiation !== undefined) promise(same(encodeInitiation(initiation), withoutMacs), 'initiation');
    const response = parseResponse(message);
    if (response !== undefined) promise(same(encodeResponse(response), withoutMacs), 'response');
    const cookie = parseCookieReply(message);
    if (cookie !== undefined) promise(same(encodeCookieReply(cookie), message), 'cookie reply');
    const transport = parseTransport(message);
    promise((transport !== undefined) === message.length >= 32, 'transport messages have 32 bytes or more');
    if (transport !== undefined) promise(same(encodeTransport(transport), message), 'transport');
    checkMacs(message);
  },
};
