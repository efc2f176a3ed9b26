/**
 * What the core has to say until somebody asks: commands for the data plane, in an order that
 * matters, events for the log, and the number of drops by reason.
 */
import type { DropReason } from './drop-reason.ts';
import { DROP, DROP_REASONS } from './drop-reason.ts';
import type { Endpoint } from './endpoint.ts';
import type { EngineCommand, PeerId } from './engine-port.ts';
import type { TunnelEvent } from './tunnel-event.ts';

/**
 * Handshake messages that may wait, each with what goes before it, and bytes from which on no more are
 * taken in. What is too much is lost, as it would be on the wire: handshakes are repeated.
 */
const MAX_TRANSMITS = 4_096;
const MAX_TRANSMIT_BYTES = 16 << 20;

/** Events that may wait while nobody reads the log; the oldest is lost. */
const MAX_EVENTS = 1_024;

export class Outbox {
  /** Packets dropped in the core, by `DROP` index. */
  readonly drops: number[] = new Array<number>(DROP_REASONS.length).fill(0);
  /**
   * BOUNDED for datagrams, which strangers cause, by the limits above. The rest are a fixed number for
   * each call of the owner and each report about a peer: bounded by an owner who collects them.
   */
  #commands: EngineCommand[] = [];
  #transmits = 0;
  #transmitBytes = 0;
  /** BOUNDED by MAX_EVENTS. */
  #events: TunnelEvent[] = [];

  command(command: EngineCommand): void {
    this.#commands.push(command);
  }

  /** Finished datagrams, to be sent in this order; about `peer` where one is known. */
  transmit(to: Endpoint, datagrams: readonly Uint8Array[], peer?: PeerId): void {
    if (this.#transmits >= MAX_TRANSMITS || this.#transmitBytes >= MAX_TRANSMIT_BYTES) {
      this.drops[DROP['send-buffer-full']] += 1;
      return;
    }
    this.#transmits += 1;
    this.#transmitBytes += datagrams.reduce((sum, datagram) => sum + datagram.length, 0);
    this.#commands.push(
      peer === undefined ? { kind: 'transmit', to, datagrams } : { kind: 'transmit', to, datagrams, peer },
    );
  }

  event(event: TunnelEvent): void {
    if (this.#events.length >= MAX_EVENTS) this.#events.shift();
    this.#events.push(event);
  }

  drop(reason: DropReason, from: Endpoint): void {
    this.drops[DROP[reason]] += 1;
    this.event({ kind: 'dropped', reason, from });
  }

  takeCommands(): readonly EngineCommand[] {
    const commands = this.#commands;
    this.#commands = [];
    this.#transmits = 0;
    this.#transmitBytes = 0;
    return commands;
  }

  takeEvents(): readonly TunnelEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
