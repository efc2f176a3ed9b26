/** Events of carriers in words. */
import type { CarrierEvent } from '../../device/carriers/carrier-event.ts';
import { formatEndpoint } from '../../protocol/address-text.ts';
import type { EventLine } from './event-line.ts';

/** @param peer how to call the peer that the event is about */
export function carrierLine(event: CarrierEvent, peer: string): EventLine {
  const where = formatEndpoint(event.endpoint);
  switch (event.kind) {
    case 'stream-accepted':
      return { level: 'debug', text: `${event.carrier} connection from ${where} accepted` };
    case 'stream-closed':
      return { level: 'debug', text: `${event.carrier} connection from ${where} closed: ${event.reason}` };
    case 'streams-joined':
      return { level: 'debug', text: `${peer}: has several connections, one of them from ${where}` };
    case 'stream-up':
      return { level: 'debug', text: `connected to ${where} by ${event.carrier}` };
    case 'stream-down':
      return { level: 'debug', text: `no connection to ${where} by ${event.carrier}: ${event.reason}` };
    case 'carrier-decided':
      return { level: 'info', text: `${peer}: ${moveText(event.from, event.to)} (${where}): ${event.reason}` };
  }
}

function moveText(from: string | undefined, to: string): string {
  if (from === to) return `stays with ${to}`;
  return from === undefined ? `begins with ${to}` : `moves from ${from} to ${to}`;
}
