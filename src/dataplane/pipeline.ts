/**
 * Both directions and the commands that steer them, in one thread. It never blocks and never looks
 * at a clock: whoever runs it says when to pump and what time it is.
 *
 *     TUN ──► Outbound ──► Carrier
 *     TUN ◄── Inbound  ◄── Carrier        events ──► core        commands ◄── core
 */

import type { Endpoint } from '../protocol/endpoint.ts';
import type {
  EngineCommand,
  EngineEvent,
  KeypairMaterial,
  PeerId,
  Prefix,
  ReceiverIndex,
} from '../protocol/engine-port.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import { Keypair } from '../protocol/session/keypair.ts';
import type { Instant } from '../protocol/time.ts';
import { PATH_BYTES } from '../transport/carrier.ts';
import { encodePath, sameRemote } from '../transport/path.ts';
import type { ContextOptions } from './context.ts';
import { Context } from './context.ts';
import { EnginePeer, INITIAL_UDP_WINDOW } from './engine-peer.ts';
import type { HandshakeCredit } from './handshake-filter.ts';
import { Inbound } from './inbound.ts';
import { Outbound } from './outbound.ts';
import { StagingBudget } from './staged-frames.ts';
import { Transmitter } from './transmitter.ts';

/**
 * Where one pipeline sends and another receives, the receiving one sees that a session is confirmed and
 * this tells the sending one.
 */
export interface ConfirmKeypair {
  readonly kind: 'confirm-keypair';
  readonly peer: PeerId;
  readonly localIndex: ReceiverIndex;
}

/** The interface has another MTU; padding goes by it. */
export interface SetMtu {
  readonly kind: 'set-mtu';
  /** Bytes. */
  readonly mtu: number;
}

export type PipelineCommand = EngineCommand | ConfirmKeypair | SetMtu;

export interface PipelineOptions extends ContextOptions {
  /** False where another pipeline sends for the same sessions; this one then only receives. */
  readonly sends: boolean;
  /** False where another pipeline receives and keeps what the ledger says about that. Default true. */
  readonly receives?: boolean;
  /** Peer ids below this are accepted; sizes the path table. */
  readonly maxPeers: number;
  readonly credit: HandshakeCredit;
}

/** Commands about a peer that exists. */
type PeerCommand = Exclude<Extract<PipelineCommand, { readonly peer: PeerId }>, { readonly kind: 'add-peer' }>;

export class Pipeline {
  readonly #context: Context;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  readonly #transmitter: Transmitter;
  readonly #budget = new StagingBudget();
  readonly #maxPeers: number;
  readonly #sends: boolean;
  readonly #receives: boolean;
  readonly #paths: number;
  /** A path that is looked at before it is taken. */
  readonly #newPath: number;

  constructor(options: PipelineOptions) {
    this.#context = new Context(options);
    this.#maxPeers = options.maxPeers;
    this.#sends = options.sends;
    this.#receives = options.receives ?? true;
    this.#newPath = options.arena.reserve(PATH_BYTES);
    this.#paths = options.arena.reserve(options.maxPeers * PATH_BYTES);
    this.#outbound = new Outbound(this.#context);
    this.#inbound = new Inbound(this.#context, options.credit);
    this.#transmitter = new Transmitter(this.#context);
  }

  /** TUN to wire; returns whether there may be more at once. */
  pumpOutbound(now: Instant): boolean {
    this.#context.now = now;
    return this.#outbound.pump();
  }

  /** Wire to TUN; returns whether there may be more at once. */
  pumpInbound(now: Instant): boolean {
    this.#context.now = now;
    const more = this.#inbound.pump();
    if (this.#context.confirmed.length > 0) this.#greetConfirmed();
    return more;
  }

  /** What happened since the last call. */
  takeEvents(): EngineEvent[] {
    return this.#context.events.splice(0);
  }

  /** errno of the last failed TUN read, 0 while all is well. */
  get tunError(): number {
    return this.#context.tunError;
  }

  /** Frames of this peer that wait for a session; undefined where there is no such peer. */
  waitingFrames(peer: PeerId): number | undefined {
    return this.#context.peers.get(peer)?.staged.size;
  }

  get hasEvents(): boolean {
    return this.#context.events.length > 0;
  }

  execute(command: PipelineCommand, now: Instant): void {
    this.#context.now = now;
    switch (command.kind) {
      case 'set-identity':
        this.#context.door.publicKey = command.publicKey;
        return;
      case 'set-limits':
        this.#context.limits = command.limits;
        return;
      case 'set-profile':
        this.#setProfile(command.profile);
        return;
      case 'set-mtu':
        this.#context.tun.mtu = command.mtu;
        return;
      case 'transmit':
        this.#transmitter.transmit(command.to, command.datagrams, command.peer);
        return;
      case 'add-peer':
        this.#addPeer(command.peer);
        return;
      default:
        this.#executeForPeer(command);
    }
  }

  #setProfile(profile: Profile): void {
    this.#context.setProfile(profile);
    this.#inbound.profileChanged();
    this.#outbound.profileChanged();
  }

  /** What waited for a session may go now that the initiator has used it. */
  #greetConfirmed(): void {
    const { confirmed } = this.#context;
    if (this.#sends) for (const peer of confirmed) this.#outbound.sendStaged(peer);
    confirmed.length = 0;
  }

  #executeForPeer(command: PeerCommand): void {
    const peer = this.#context.peers.get(command.peer);
    if (peer === undefined) return;
    switch (command.kind) {
      case 'remove-peer':
        this.#removePeer(peer);
        break;
      case 'set-allowed-ips':
        this.#setAllowedIps(peer, command.prefixes);
        break;
      case 'set-endpoint':
        peer.hasPath = command.endpoint !== undefined;
        if (command.endpoint !== undefined) this.#setPath(peer, command.endpoint);
        break;
      case 'pin-path':
        peer.isPinned = command.pinned;
        break;
      case 'install-keypair':
        this.#installKeypair(peer, command.keypair, command.confirm);
        break;
      case 'confirm-keypair':
        this.#confirmKeypair(peer, command.localIndex);
        break;
      case 'drop-keypairs':
        this.#dropKeypairs(peer);
        break;
      case 'expire-keypairs':
        peer.keyring.expire();
        break;
      case 'send-keepalive':
        if (peer.staged.size > 0) this.#outbound.sendStaged(peer);
        else this.#outbound.sendKeepalive(peer);
        break;
      case 'send-probe':
        this.#outbound.sendProbe(peer, command.to, command.packet);
        break;
      case 'drop-staged':
        peer.staged.takeAll();
        peer.sessionWanted = false;
        break;
    }
  }

  /** What was learnt about the path before is of no use on another. */
  #setPath(peer: EnginePeer, endpoint: Endpoint): void {
    const { arena, ledger } = this.#context;
    encodePath(arena.bytes, this.#newPath, endpoint);
    const isElsewhere = !sameRemote(arena.u32, peer.path, this.#newPath);
    arena.bytes.copyWithin(peer.path, this.#newPath, this.#newPath + PATH_BYTES);
    if (!isElsewhere) return;
    peer.udpWindow = INITIAL_UDP_WINDOW;
    if (this.#receives) ledger.forgetHere(peer.id);
  }

  #setAllowedIps(peer: EnginePeer, prefixes: readonly Prefix[]): void {
    this.#context.routes.removeOwner(peer.id);
    for (const prefix of prefixes) this.#context.routes.insert(prefix, peer.id);
  }

  #addPeer(id: PeerId): void {
    if (id < 0 || id >= this.#maxPeers) throw new RangeError(`peer id ${id} is not below ${this.#maxPeers}`);
    this.#context.ledger.clear(id);
    this.#context.peers.set(id, new EnginePeer(id, this.#paths + id * PATH_BYTES, this.#budget));
  }

  #removePeer(peer: EnginePeer): void {
    this.#context.routes.removeOwner(peer.id);
    this.#dropKeypairs(peer);
    peer.staged.takeAll();
    this.#context.peers.delete(peer.id);
    this.#context.emit({ kind: 'peer-removed', peer: peer.id });
  }

  #installKeypair(peer: EnginePeer, material: KeypairMaterial, confirm: boolean): void {
    const { ledger, now, sessions } = this.#context;
    const keypair = new Keypair(material);
    this.#context.retire(peer, peer.keyring.install(keypair));
    sessions.add({ keypair, peer });
    // The handshake message that brought this keypair was an authenticated answer.
    ledger.recordReceived(peer.id, now, 0, false);
    if (!keypair.isInitiator || !this.#sends) return;
    peer.sessionWanted = false;
    if (peer.staged.size > 0) this.#outbound.sendStaged(peer);
    else if (confirm) this.#outbound.sendKeepalive(peer);
  }

  #confirmKeypair(peer: EnginePeer, localIndex: ReceiverIndex): void {
    if (peer.keyring.next?.localIndex !== localIndex) return;
    this.#context.retire(peer, peer.keyring.confirmNext());
    peer.sessionWanted = false;
    this.#outbound.sendStaged(peer);
  }

  #dropKeypairs(peer: EnginePeer): void {
    this.#context.retire(peer, peer.keyring.clear());
    this.#context.forgetKey();
    peer.sessionWanted = false;
  }
}
