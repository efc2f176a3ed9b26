/** Sends to itself as fast as it can, and leaves with exit code 7 without a word to anyone. */
import { HubParty, LOOPBACK } from './hub-party.ts';

const party = await HubParty.start();
const { port } = await party.hub.listen({ kind: 'tcp', address: LOOPBACK, port: 0 });
await party.connect({ kind: 'tcp' }, port);
const bytes = Buffer.alloc(60_000);
while (party.arrivals.length < 500) {
  party.send(1, bytes, 1200);
  party.receive();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
party.send(1, bytes, 1200);
process.exit(7);
