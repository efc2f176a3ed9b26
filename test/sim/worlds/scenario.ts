/**
 * What happens in a simulated world, as plain data: it can be printed, kept as a file, and made smaller
 * piece by piece. Hosts and links are named by their place in the lists. Times are milliseconds since the
 * beginning unless said otherwise.
 */
import type { Faults } from '../../../src/testing/index.ts';
import type { NatMapping } from '../../../src/testing/nat.ts';
import type { DisguiseName } from './disguises.ts';

export interface Scenario {
  /** From which all keys, nonces and the luck of datagrams are drawn. */
  readonly seed: number;
  readonly disguise: DisguiseName;
  readonly hosts: readonly HostPlan[];
  readonly links: readonly LinkPlan[];
  readonly duration: number;
  /** In order of time. */
  readonly events: readonly ScenarioEvent[];
}

export interface HostPlan {
  /** Behind a router of its own; `lifetime` in seconds. A host without is reachable by everyone. */
  readonly nat?: { readonly mapping: NatMapping; readonly lifetime: number };
}

/** The client knows where the server is, not the other way round. */
export interface LinkPlan {
  readonly client: number;
  readonly server: number;
  /** Persistent keepalive of the client, seconds. */
  readonly keepalive: number;
  readonly psk: boolean;
}

export type ScenarioEvent = { readonly at: number } & Happening;

/** Faults as they can be written down. */
export type NetworkFaults = Omit<Faults, 'only'>;

export type Happening =
  /** Applications talk over a link, the client first; packets of so many bytes of payload. */
  | {
      readonly kind: 'talk';
      readonly link: number;
      readonly packets: number;
      readonly gap: number;
      readonly bytes: number;
      readonly way: 'up' | 'down' | 'answered';
    }
  | { readonly kind: 'faults'; readonly faults: NetworkFaults }
  /** Nothing gets from the one to the other any more; the way back works. */
  | { readonly kind: 'block'; readonly from: number; readonly to: number; readonly lasts: number }
  /** A new process with the same configuration: nothing is remembered. */
  | { readonly kind: 'restart'; readonly host: number }
  /** The machine sleeps. `rebind`: on waking it notices, as the daemon does on Linux. */
  | { readonly kind: 'sleep'; readonly host: number; readonly lasts: number; readonly rebind: boolean }
  /** Somebody sets the clock; seconds, either way. */
  | { readonly kind: 'step-clock'; readonly host: number; readonly seconds: number }
  /** Another address; of a host behind a router, the router's. Clients of a server are told. */
  | { readonly kind: 'roam'; readonly host: number }
  /** The router forgets its mappings. */
  | { readonly kind: 'router-restart'; readonly host: number }
  | { readonly kind: 'new-private-key'; readonly host: number }
  | { readonly kind: 'new-preshared-key'; readonly link: number }
  | { readonly kind: 'new-keepalive'; readonly link: number; readonly seconds: number }
  /** The server forgets for a while that the client's address is the client's. */
  | { readonly kind: 'unroute'; readonly link: number; readonly lasts: number }
  /** Each end forgets the other and gets to know it anew. */
  | { readonly kind: 'readd'; readonly link: number }
  /** Everybody looks different from now on. */
  | { readonly kind: 'new-disguise'; readonly disguise: DisguiseName }
  /** That many initiations with a valid mac1 from as many addresses, at once. */
  | { readonly kind: 'flood'; readonly host: number; readonly messages: number }
  /** Somebody sends again what the host received lately. */
  | { readonly kind: 'replay'; readonly host: number }
  /** All is well again from here on: everybody is awake, and the network carries everything. */
  | { readonly kind: 'calm' }
  /** Everybody has been silent for longer than keys live: the host has none left anywhere. */
  | { readonly kind: 'audit'; readonly host: number };

export type EventOf<Kind extends Happening['kind']> = Extract<ScenarioEvent, { readonly kind: Kind }>;
