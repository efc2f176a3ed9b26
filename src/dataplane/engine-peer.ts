/** One peer as the data plane keeps it: keypairs, where to send, what waits. */
import type { PeerId } from '../protocol/engine-port.ts';
import type { Keypair } from '../protocol/session/keypair.ts';
import { Keyring } from '../protocol/session/keyring.ts';
import type { StagingBudget } from './staged-frames.ts';
import { StagedFrames } from './staged-frames.ts';

export class EnginePeer {
  readonly id: PeerId;
  readonly keyring = new Keyring();
  readonly staged: StagedFrames;
  /** Arena offset of the path record that answers go to; meaningful when `hasPath`. */
  readonly path: number;
  hasPath = false;
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
