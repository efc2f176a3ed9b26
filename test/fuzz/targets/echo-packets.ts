/** Captured packets and ICMP answers, which anybody can send. */
import { datagramsOf } from '../../../src/platform/linux/captured-datagram.ts';
import { decodeEchoAnswer, decodeEchoReply } from '../../../src/platform/linux/icmp-echo.ts';
import { echoPacket, udpPacket } from '../../../src/testing/packets.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const V4 = { source: '10.0.0.1', destination: '10.0.0.2' };
const V6 = { source: 'fd00::1', destination: 'fd00::2' };
const PORTS = { sourcePort: 1, destinationPort: 2, payload: new Uint8Array(40) };
const behind = (packet: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([new Uint8Array(3), packet]));

export const target: FuzzTarget = {
  seeds: [V4, V6].flatMap((flow) => [
    behind(echoPacket({ ...flow, reply: true })),
    behind(udpPacket({ ...flow, ...PORTS })),
  ]),
  longest: 256,
  probe: (input) => {
    const script = new ByteScript(input);
    const family = script.pick([4, 6] as const);
    const segment = script.uint16();
    const packet = script.rest();
    for (const mark of [decodeEchoReply(family, packet), decodeEchoAnswer(family, packet)]) {
      if (mark !== undefined) promise(mark.identifier <= 0xffff && mark.sequence <= 0xffff, 'no mark');
    }
    const found = datagramsOf({ packet, segment, outgoing: false });
    const bytes = found.reduce((sum, { payload }) => sum + payload.length, 0);
    promise(bytes <= packet.length, `${bytes} bytes of datagrams in ${packet.length}`);
  },
};
