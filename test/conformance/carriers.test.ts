/** What the data plane expects of a carrier, asked of all of them through their one interface. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { sameEndpoint } from '../../src/protocol/endpoint.ts';
import { PATH_BYTES } from '../../src/transport/carrier.ts';
import { encodePath, samePath } from '../../src/transport/path.ts';
import type { CarrierPair } from './carrier-pairs.ts';
import { CARRIERS } from './carrier-pairs.ts';

type Rule = (pair: CarrierPair, largest: number) => Promise<void>;

const RULES: Readonly<Record<string, Rule>> = {
  'nothing is received where nothing was sent, and nobody waits for it': async ({ near, far }) => {
    assert.equal(near.carrier.receive(), 0);
    assert.equal(far.carrier.receive(), 0);
  },

  'a run arrives as the datagrams it was made of, the shorter last one too': async ({ near, far, to }) => {
    const bytes = filled(20 * 1300 + 77);
    assert.deepEqual(near.send(to, bytes, 1300), { sent: 21, full: 0, failed: 0 });
    const heard = await far.hears(21);
    assert.deepEqual(
      heard.map((datagram) => datagram.bytes.length),
      [...new Array<number>(20).fill(1300), 77],
    );
    assert.ok(Buffer.concat(heard.map((datagram) => datagram.bytes)).equals(bytes));
  },

  'sizes from 1 to the largest arrive whole, in order': async ({ near, far, to }, largest) => {
    const sizes = [1, 2, 15, 16, 17, 148, 575, 1280, 1452, 9000, 32768, largest];
    for (const [index, size] of sizes.entries()) {
      assert.equal(near.send(to, filled(size, index)).sent, 1);
      await far.hears(index + 1);
    }
    for (const [index, { bytes }] of far.heard.entries()) assert.ok(bytes.equals(filled(sizes[index], index)));
  },

  'an answer goes where the datagram came from, by its path record or by its endpoint': async ({ near, far, to }) => {
    near.send(to, filled(100));
    const [{ path, from }] = await far.hears(1);
    assert.equal(far.send(path, filled(200)).sent, 1);
    assert.equal(far.send(from, filled(300)).sent, 1);
    const answers = await near.hears(2);
    assert.deepEqual(
      answers.map(({ bytes }) => bytes.length),
      [200, 300],
    );
    for (const answer of answers) assert.ok(sameEndpoint(answer.from, to));
  },

  'one peer is one path and one endpoint, and each can be made from the other': async ({ near, far, to }) => {
    for (let i = 0; i < 3; i++) near.send(to, filled(50), 50, i);
    const [first, ...others] = await far.hears(3);
    for (const { path, from } of others) {
      const both = new Uint32Array(Uint8Array.of(...first.path, ...path).buffer);
      assert.ok(samePath(both, 0, PATH_BYTES));
      assert.ok(sameEndpoint(first.from, from));
    }
    const again = new Uint8Array(PATH_BYTES);
    encodePath(again, 0, first.from);
    assert.deepEqual([...again], [...first.path]);
  },

  'a flow keeps its order in many batches': async ({ near, far, to }) => {
    const batches = 25;
    for (let batch = 0; batch < batches; batch++) {
      const numbers = new Uint32Array(40 * 25).map((_, index) => batch * 40 + Math.floor(index / 25));
      near.send(to, new Uint8Array(numbers.buffer), 100, 3);
      await far.hears(40 * (batch + 1));
    }
    assert.deepEqual(
      far.heard.map(({ bytes }) => bytes.readUInt32LE(96)),
      Array.from({ length: 40 * batches }, (_, index) => index),
    );
  },

  'who sends to the dead neither waits nor throws, and every datagram is accounted for': async (pair) => {
    const { near, far, to } = pair;
    near.send(to, filled(100));
    await far.hears(1);
    await pair.endFar();
    for (let i = 0; i < 20; i++) {
      const { sent, full, failed } = near.send(to, filled(30_000), 1000);
      assert.equal(sent + full + failed, 30);
      near.receive();
      await setTimeout(5);
    }
  },
};

/** Bytes that tell where in which datagram they belong. */
function filled(length: number, seed = 0): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 0xff));
}

for (const { name, largest, needsLinux, open } of CARRIERS) {
  const skip = needsLinux && process.platform !== 'linux' && 'Linux only';
  describe(name, { skip }, () => {
    for (const [rule, check] of Object.entries(RULES)) {
      test(rule, async () => {
        const pair = await open();
        try {
          await check(pair, largest);
        } finally {
          await pair.close();
        }
      });
    }
  });
}
