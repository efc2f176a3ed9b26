/** What both directions of the pipeline share. Plain fields, because they are read for every packet. */
import { HeaderMask } from '../kernels/header-mask.ts';
import type { AeadKernel, PacketKernel } from '../kernels/kernel.ts';
import type { Padding } from '../kernels/padding.ts';
import type { Tun } from '../platform/tun.ts';
import { KEY_BYTES } from '../protocol/constants.ts';
import type { HandshakeCrypto } from '../protocol/crypto.ts';
import type { EngineEvent, KeypairLimits, PeerId } from '../protocol/engine-port.ts';
import { HandshakeDoor } from '../protocol/handshake/door.ts';
import type { Profile } from '../protocol/obfuscation/profile.ts';
import { AllowedIps } from '../protocol/routing/allowed-ips.ts';
import type { Keypair } from '../protocol/session/keypair.ts';
import type { Instant } from '../protocol/time.ts';
import type { Carrier } from '../transport/carrier.ts';
import type { Arena } from './arena.ts';
import type { EnginePeer } from './engine-peer.ts';
import type { RandomPool } from './random-pool.ts';
import { SessionTable } from './session-table.ts';
import type { SharedCounters } from './shared-counters.ts';
import type { SharedLedger } from './shared-ledger.ts';

export interface ContextOptions {
  readonly arena: Arena;
  readonly aead: AeadKernel;
  readonly packets: PacketKernel;
  readonly tun: Tun;
  readonly carrier: Carrier;
  readonly crypto: HandshakeCrypto;
  readonly pool: RandomPool;
  readonly ledger: SharedLedger;
  readonly counters: SharedCounters;
  readonly profile: Profile;
}

export class Context {
  readonly arena: Arena;
  readonly aead: AeadKernel;
  readonly packets: PacketKernel;
  readonly tun: Tun;
  readonly carrier: Carrier;
  readonly crypto: HandshakeCrypto;
  readonly pool: RandomPool;
  readonly ledger: SharedLedger;
  readonly counters: SharedCounters;
  /** Past which handshake messages come to the core. */
  readonly door: HandshakeDoor;
  profile: Profile;

  /** How plaintexts are padded. */
  padding: Padding;
  /** Present when the profile protects headers. */
  headerMask: HeaderMask | undefined;
  /** The same, whether or not it is in use: its place in the arena cannot be given back. */
  #spareMask: HeaderMask | undefined;

  /** BOUNDED by MAX_PEERS: the core hands out the ids. */
  readonly peers = new Map<PeerId, EnginePeer>();
  readonly sessions = new SessionTable();
  readonly routes = new AllowedIps<PeerId>();
  /** BOUNDED: drained after each pump, which reports each peer a fixed number of times and handshakes up to their credit. */
  readonly events: EngineEvent[] = [];
  /** Peers whose session was just confirmed by their first packet; BOUNDED by the packets of a batch. */
  readonly confirmed: EnginePeer[] = [];
  limits: KeypairLimits = { rekeyAfter: Infinity, rekeyOnReceiveAfter: Infinity, rejectAfter: Infinity };
  /** The time of the current batch; one reading serves all its packets. */
  now = 0 as Instant;
  /** errno of the last failed TUN read, 0 while all is well. Whoever runs the pipeline decides what is fatal. */
  tunError = 0;
  /** Where a key lies while a batch is sealed or opened with it. */
  readonly keySlot: number;

  constructor(options: ContextOptions) {
    this.arena = options.arena;
    this.aead = options.aead;
    this.packets = options.packets;
    this.tun = options.tun;
    this.carrier = options.carrier;
    this.crypto = options.crypto;
    this.pool = options.pool;
    this.ledger = options.ledger;
    this.counters = options.counters;
    this.profile = options.profile;
    this.door = new HandshakeDoor(options.crypto, options.pool);
    this.padding = paddingOf(options.profile);
    options.packets.setPadding(this.padding);
    this.#useHeaderMask();
    this.keySlot = options.arena.reserve(KEY_BYTES);
  }

  /** From the next batch on. */
  setProfile(profile: Profile): void {
    this.profile = profile;
    this.padding = paddingOf(profile);
    this.packets.setPadding(this.padding);
    this.#useHeaderMask();
  }

  emit(event: EngineEvent): void {
    this.events.push(event);
  }

  /** Asks the core for a session, once until it answers. */
  wantSession(peer: EnginePeer): void {
    if (peer.sessionWanted) return;
    peer.sessionWanted = true;
    this.emit({ kind: 'session-wanted', peer: peer.id });
  }

  /** Wipes keypairs that left a keyring and frees their indices. */
  retire(peer: EnginePeer, keypairs: readonly Keypair[]): void {
    for (const keypair of keypairs) {
      this.sessions.remove(keypair.localIndex);
      keypair.wipe();
      this.emit({ kind: 'keypair-retired', peer: peer.id, localIndex: keypair.localIndex });
    }
  }

  /** No key stays in the slot, nor in a kernel that keeps the last one it was given. */
  forgetKey(): void {
    this.arena.bytes.fill(0, this.keySlot, this.keySlot + KEY_BYTES);
    this.aead.open(this.keySlot, this.keySlot, 0);
  }

  #useHeaderMask(): void {
    const { headerProtection } = this.profile;
    if (headerProtection === undefined) this.#spareMask?.clearKey();
    else {
      this.#spareMask ??= new HeaderMask(this.arena);
      this.#spareMask.setKey(headerProtection);
    }
    this.headerMask = headerProtection && this.#spareMask;
  }
}

/** The first rule of facts 3.5 that applies. */
function paddingOf({ contentPadding, randomTrailers }: Profile): Padding {
  if (contentPadding !== undefined) return { kind: 'content', ...contentPadding };
  return { kind: randomTrailers ? 'window' : 'multiple' };
}
