/** Lines and messages of the tunnel's control socket, whatever way the stream is cut. */
import { LineReader } from '../../../src/control/socket/line-reader.ts';
import { CONTROL_METHODS, parseReply, parseRequest } from '../../../src/control/socket/messages.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const LIMIT = 256;

/** The lines before the first that is too long, and whether there is one. */
function linesOf(stream: Buffer): { lines: string[]; isTooLong: boolean } {
  const lines: string[] = [];
  for (let from = 0; ; ) {
    const end = stream.indexOf(10, from);
    const line = stream.subarray(from, end < 0 ? stream.length : end);
    if (line.length > LIMIT) return { lines, isTooLong: true };
    if (end < 0) return { lines, isTooLong: false };
    lines.push(line.toString('utf8'));
    from = end + 1;
  }
}

export const target: FuzzTarget = {
  seeds: [
    '\x01\x05{"method":"show"}\n',
    '\x00{"ok":true,"result":1}\n{"ok":false,"error":{"code":"x","message":"y"}}\n',
  ],
  words: ['"method":', '"show"', '"ok":true', '"error":{"code":1,"message":2}', '\n'],
  longest: 1024,
  probe: (input) => {
    const script = new ByteScript(input);
    const cuts = new ByteScript(script.take(script.byte() & 15));
    const stream = Buffer.from(script.rest());
    const found: string[] = [];
    const reader = new LineReader(LIMIT, (line) => found.push(line));
    let isTooLong = false;
    for (let at = 0; at < stream.length && !isTooLong; ) {
      const end = at + 1 + cuts.byte();
      isTooLong = !reader.push(stream.subarray(at, end));
      at = end;
    }
    const expected = linesOf(stream);
    promise(isTooLong === expected.isTooLong && found.join('\n') === expected.lines.join('\n'), 'other lines');
    for (const line of found) {
      const method = parseRequest(line);
      promise(method === undefined || CONTROL_METHODS.includes(method), `method ${method}`);
      const reply = parseReply(line);
      promise(reply === undefined || reply.ok || typeof reply.error === 'object', 'no reply');
    }
  },
};
