import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandshakePrimitives } from '../../../src/crypto/handshake-primitives.ts';

const primitives = new HandshakePrimitives();
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const zeros = (bytes: number): string => '00'.repeat(bytes);

const SUNSCREEN = new TextEncoder().encode(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
);

test('the AEAD has the known answer of RFC 8439, 2.8.2', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
  const sealed = primitives.seal(key, hex('070000004041424344454647'), SUNSCREEN, hex('50515253c0c1c2c3c4c5c6c7'));
  assert.equal(
    toHex(sealed),
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905' +
      'd6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116' +
      '1ae10b594f09e26a7e902ecbd0600691',
  );
});

test('the AEAD opens the message of RFC 8439, A.5', () => {
  const key = hex('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0');
  const sealed = hex(
    '64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100' +
      'd4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e2b350638' +
      '3606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa115' +
      '5b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10' +
      '49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38',
  );
  const opened = primitives.open(key, hex('000000000102030405060708'), sealed, hex('f33388860000000000004e91'));
  assert.match(Buffer.from(opened ?? []).toString(), /^Internet-Drafts are draft documents .*/);
  assert.equal(opened?.length, 265);
});

test('the key stream has the known answers of RFC 8439, A.1', () => {
  const stream = (key: string, nonce: string): string =>
    toHex(primitives.chacha20(hex(key), hex(nonce), new Uint8Array(192)));
  const first = stream(zeros(32), zeros(12));
  assert.equal(
    first.slice(0, 128),
    '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
  );
  assert.equal(
    first.slice(128, 256),
    '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
  );
  assert.equal(
    stream(`${zeros(31)}01`, zeros(12)).slice(128, 256),
    '3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0',
  );
  assert.equal(
    stream(zeros(32), `${zeros(11)}02`).slice(0, 128),
    'c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c78a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d',
  );
});
