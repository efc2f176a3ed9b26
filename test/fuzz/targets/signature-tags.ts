/** Signature packets (I1-I5, J1-J3), in the language of each generation. */
import { ObfuscationError } from '../../../src/protocol/obfuscation/obfuscation-error.ts';
import { parseSignature } from '../../../src/protocol/obfuscation/signature.ts';
import { TAGS } from '../../../src/protocol/obfuscation/tags/table.ts';
import type { WallTime } from '../../../src/protocol/time.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise, typed } from '../engine/target.ts';
import { same, textOf } from './support.ts';

const TABLES = [TAGS['1.5'], TAGS['2.0']];
const WALL = 1_700_000_000_000 as WallTime;
const LARGEST = 65_535;

export const target: FuzzTarget = {
  seeds: ['<b 0xc70000000108><r 8><t>', '<rc 5><rd 7><c> x <wt 10>', '<d><ds><dz 2>', '<b 0Xabc><r +00012>'],
  words: ['<b 0x', '<r ', '<rc ', '<rd ', '>', '<t>', '<c>', '<wt ', '65535', '-1', '1e3'],
  longest: 512,
  probe: (input) => {
    for (const table of TABLES) {
      const text = textOf(input);
      const packet = typed(() => parseSignature(text, 'I1', table), ObfuscationError);
      if (packet === undefined) continue;
      promise(packet.text === text, 'the configured text is not kept');
      promise(packet.bytes <= LARGEST, `${packet.bytes} bytes fit no datagram`);
      const [once, twice] = [1, 1].map((seed) => packet.build(new SeededRandom(seed), WALL, 2 ** 53 - 1));
      promise(once?.length === packet.bytes, `${once?.length} bytes instead of ${packet.bytes}`);
      promise(same(once, twice), 'the same dice and time give another packet');
    }
  },
};
