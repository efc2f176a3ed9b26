/** How each kind of event of a scenario comes about in a world. */

import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { writeUint32 } from '../../../src/protocol/bytes.ts';
import { INITIATION_BYTES } from '../../../src/protocol/constants.ts';
import { MacStamper } from '../../../src/protocol/cookie/mac-stamper.ts';
import { disguise } from '../../../src/protocol/obfuscation/disguise.ts';
import { SECOND } from '../../../src/protocol/time.ts';
import { address } from '../../../src/testing/index.ts';
import { innerOf, PURPOSE } from './invariants/conversations.ts';
import type { EventOf, Happening, ScenarioEvent } from './scenario.ts';
import type { World, WorldLink } from './world.ts';
import { CALM_DELAY } from './world.ts';
import type { WorldHost } from './world-host.ts';
import { strangerEndpoint } from './world-network.ts';

const PROBE_BYTES = 100;

/** Longer than any datagram is under way; the daemon asks within half a minute. */
const ASK_NAMES_AFTER = 5 * SECOND;

type Table = { readonly [Kind in Happening['kind']]: (world: World, event: EventOf<Kind>) => void };

const HAPPENINGS: Table = {
  talk: (world, event) => talk(world, event, event.packets, world.calms),
  faults: (world, { faults }) => world.network.faults.setFaults({ delay: CALM_DELAY, ...faults }),
  block: (world, { from, to, lasts }) => {
    world.network.block(from, to, true);
    world.clock.scheduleIn(lasts, () => world.network.block(from, to, false));
  },
  restart: (world, { host }) => restart(world, world.hosts[host]),
  sleep: (world, event) => sleep(world, event),
  'step-clock': (world, { host, seconds }) => world.hosts[host].stepClock(seconds * SECOND),
  roam: (world, { host }) => roam(world, world.hosts[host]),
  'router-restart': (world, { host }) => world.hosts[host].nat?.restart(),
  'new-private-key': (world, { host }) => changePrivateKey(world, world.hosts[host]),
  'new-preshared-key': (world, { link }) => changePresharedKey(world, world.links[link]),
  'new-keepalive': (world, { link, seconds }) => changeKeepalive(world, world.links[link], seconds),
  unroute: (world, { link, lasts }) => {
    route(world, world.links[link], false);
    world.clock.scheduleIn(lasts, () => route(world, world.links[link], true));
  },
  readd: (world, { link }) => readd(world, world.links[link]),
  'new-disguise': (world, event) => world.wear(event.disguise),
  flood: (world, { host, messages }) => flood(world, world.hosts[host], messages),
  replay: (world, { host }) => replay(world, host),
  calm: (world) => calm(world),
  audit: (world, { host }) => world.hosts[host].audit(),
};

export function happen(world: World, event: ScenarioEvent): void {
  const handler: unknown = HAPPENINGS[event.kind];
  (handler as (world: World, event: ScenarioEvent) => void)(world, event);
}

/** @param calms as many as there were when it began: a calm ends all talk */
function talk(world: World, event: EventOf<'talk'>, packets: number, calms: number): void {
  if (calms !== world.calms) return;
  const { client, server } = world.links[event.link];
  const isAnswered = event.way === 'answered';
  const [from, to] = event.way === 'down' ? [server, client] : [client, server];
  world.send(from, to, isAnswered ? PURPOSE.question : PURPOSE.plain, event.bytes);
  if (packets > 1) world.clock.scheduleIn(event.gap, () => talk(world, event, packets - 1, calms));
}

function restart(world: World, host: WorldHost): void {
  wake(world, host);
  host.restart();
  for (const link of world.linksOf(host)) world.introduceTo(host, link);
}

function sleep(world: World, { host: index, lasts, rebind }: EventOf<'sleep'>): void {
  const host = world.hosts[index];
  host.isAsleep = true;
  world.network.setDeaf(index, true);
  host.naps += 1;
  const nap = host.naps;
  world.clock.scheduleIn(lasts, () => {
    if (host.naps !== nap || !host.isAsleep) return;
    wake(world, host);
    if (rebind) host.steer((tunnel) => tunnel.rebind(host.now()));
  });
}

function wake(world: World, host: WorldHost): void {
  host.isAsleep = false;
  world.network.setDeaf(host.index, false);
}

/** Somebody behind a router does not notice its moves. */
function roam(world: World, host: WorldHost): void {
  if (host.nat === undefined) host.moveTo(world.newEndpoint(host));
  else host.nat.restart(world.newOutsideAddress(host));
  world.network.settle(host.index, host.endpoint, host.nat);
  host.hasMoved = true;
  tellClients(world, host);
}

/** Clients know a server by its name, and ask for its address. */
function tellClients(world: World, host: WorldHost): void {
  for (const { client, server } of world.links) {
    if (server !== host) continue;
    const peer = world.peerOf(client, server);
    if (peer !== undefined) client.steer((tunnel) => tunnel.setEndpoint(peer, host.endpoint));
  }
}

/** Everybody learns the new public key at the same moment. */
function changePrivateKey(world: World, host: WorldHost): void {
  const links = world.linksOf(host);
  for (const link of links) forget(world, otherEnd(link, host), host);
  host.privateKey = world.random.fill(new Uint8Array(32));
  host.steer((tunnel) => tunnel.setPrivateKey(host.privateKey, host.now()));
  for (const link of links) world.introduceTo(otherEnd(link, host), link);
}

function changePresharedKey(world: World, link: WorldLink): void {
  link.psk = world.random.fill(new Uint8Array(32));
  for (const host of [link.client, link.server]) {
    const peer = world.peerOf(host, otherEnd(link, host));
    if (peer !== undefined) host.steer((tunnel) => tunnel.setPresharedKey(peer, link.psk));
  }
}

function changeKeepalive(world: World, link: WorldLink, seconds: number): void {
  link.keepalive = seconds;
  const peer = world.peerOf(link.client, link.server);
  if (peer === undefined) return;
  link.client.steer((tunnel) => tunnel.setPersistentKeepalive(peer, seconds, link.client.now()));
}

function route(world: World, link: WorldLink, isRouted: boolean): void {
  link.isRouted = isRouted;
  const peer = world.peerOf(link.server, link.client);
  const prefixes = isRouted ? [{ address: address(innerOf(link.client.index)), length: 32 }] : [];
  if (peer !== undefined) link.server.steer((tunnel) => tunnel.setAllowedIps(peer, prefixes));
}

function readd(world: World, link: WorldLink): void {
  forget(world, link.client, link.server);
  forget(world, link.server, link.client);
  world.introduce(link);
}

function forget(world: World, host: WorldHost, other: WorldHost): void {
  const peer = world.peerOf(host, other);
  if (peer !== undefined) host.steer((tunnel) => tunnel.removePeer(peer, host.now()));
}

function otherEnd({ client, server }: WorldLink, host: WorldHost): WorldHost {
  return host === client ? server : client;
}

/** Whoever knows a public key can make messages with a valid mac1, from wherever he says he is. */
function flood(world: World, host: WorldHost, messages: number): void {
  const { profile } = world.disguise;
  const crypto = nodeCrypto();
  const stamper = new MacStamper(crypto, host.tunnel.publicKey);
  for (let number = 0; number < messages; number += 1) {
    const message = world.random.fill(new Uint8Array(INITIATION_BYTES));
    writeUint32(message, 0, profile.initiation.header.low);
    stamper.stamp(message, world.clock.at);
    const bytes = disguise(profile, profile.initiation, message, crypto, world.random);
    world.network.forge({ from: strangerEndpoint(world.random.uint32() & 0xffff), to: host.endpoint, bytes });
  }
}

function replay(world: World, host: number): void {
  const from = strangerEndpoint(world.random.uint32() & 0xffff);
  for (const datagram of world.network.overheardBy(host)) world.network.forge({ ...datagram, from });
}

/**
 * What a server that has moved sent before may arrive afterwards, and then its client follows it to where it
 * no longer is. So names are asked again, as the daemon does, when all that is over.
 */
function calm(world: World): void {
  world.network.faults.setFaults({ delay: CALM_DELAY });
  world.calms += 1;
  world.network.unblockAll();
  for (const host of world.hosts) wake(world, host);
  for (const link of world.links) if (!link.isRouted) route(world, link, true);
  for (const host of world.hosts)
    if (host.hasMoved) world.clock.scheduleIn(ASK_NAMES_AFTER, () => tellClients(world, host));
  world.recovery.begin(world.links.length, world.clock.at);
  const probes = Math.ceil(world.recoveryBound / SECOND) + 2;
  for (const link of world.links.keys())
    talk(
      world,
      { at: 0, kind: 'talk', link, packets: probes, gap: SECOND, bytes: PROBE_BYTES, way: 'answered' },
      probes,
      world.calms,
    );
}
