/** One peer as the data plane keeps it: keypairs, where to send, what waits. */
import type { PeerId } from '../protocol/engine-port.ts';
import type { Keypair } from '../protocol/session/keypair.ts';
import { Keyring } from '../protocol/session/keyring.ts';
import type { Instant } from '../protocol/time.ts';
import type { StagingBudget } from './staged-frames.ts';
import { StagedFrames } from './staged-frames.ts';

/** Upstream's first guess, below the MTU of any path. */
export const INITIAL_UDP_WINDOW = 500;

const LONG_AGO = Number.NEGATIVE_INFINITY as Instant;

export class EnginePeer {
  readonly id: PeerId;
  readonly keyring = new Keyring();
  readonly staged: StagedFrames;
  /** Arena offset of the path record that answers go to; meaningful when `hasPath`. */
  readonly path: number;
  hasPath = false;
  /** Packets from elsewhere do not move the path. */
  isPinned = false;
  /** When it was last reported to be heard elsewhere, and with data in the packet. */
  heardAt = LONG_AGO;
  heardDataAt = LONG_AGO;
  /**
   * How large a datagram may get by padding alone: as large as those that got through before, so that
   * padding never meets a narrow path first (facts 3.5). Starts anew where the peer moves.
   */
  udpWindow = INITIAL_UDP_WINDOW;
  /** `session-wanted` was reported and not yet answered. */
  sessionWanted = false;
  /** Keypairs whose `rekey-due` was reported, by occasion, so that each is reported once. */
  rekeyAskedOnSend: Keypair | undefined;
  rekeyAskedOnReceive: Keypair | undefined;

  constructor(id: PeerId, path: number, budget: StagingBudget) {
    this.id = id;
    this.path = path;
    this.staged = new StagedFrames(budget);
  }
}

/** A keypair by its receiver index, with the peer it belongs to. */
export interface Session {
  readonly keypair: Keypair;
  readonly peer: EnginePeer;
}
