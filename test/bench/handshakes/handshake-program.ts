/** Handshakes as fast as they go. Takes a HandshakeOrder as its argument and prints a HandshakeReport. */
import { writeFileSync } from 'node:fs';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { fromHex } from '../../../src/protocol/bytes.ts';
import { makeInitiations } from '../../support/initiations.ts';
import { HandshakeFlood } from './handshake-flood.ts';
import type { HandshakeOrder, HandshakeReport } from './handshake-order.ts';
import { OwnResponder } from './own-responder.ts';

function prepare(order: Extract<HandshakeOrder, { role: 'prepare' }>): HandshakeReport {
  const crypto = nodeCrypto();
  const peers = order.peers.map((key) => crypto.loadPrivateKey(fromHex(key) as Uint8Array));
  writeFileSync(order.file, makeInitiations(crypto, fromHex(order.responder) as Uint8Array, peers, order.perPeer));
  return { responses: 0, cookieReplies: 0, seconds: 0, curveMicroseconds: 0 };
}

function obey(order: HandshakeOrder): HandshakeReport {
  switch (order.role) {
    case 'own':
      return new OwnResponder(order.peers).measure(order.perPeer);
    case 'prepare':
      return prepare(order);
    case 'flood':
      return new HandshakeFlood(order).run();
  }
}

console.log(JSON.stringify(obey(JSON.parse(process.argv[2] ?? '') as HandshakeOrder)));
