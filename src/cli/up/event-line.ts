/** Events of a tunnel in words. */
import { formatEndpoint } from '../../protocol/address-text.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { LogLevel } from '../log.ts';

export interface EventLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** @param peer how to call the peer that the event is about */
export function eventLine(event: TunnelEvent, peer: string): EventLine {
  switch (event.kind) {
    case 'handshake-sent':
      return { level: 'debug', text: `${peer}: handshake initiation sent, attempt ${event.attempt}` };
    case 'handshake-answered':
      return { level: 'debug', text: `${peer}: handshake response sent` };
    case 'handshake-completed':
      return { level: 'info', text: `${peer}: handshake completed in ${event.tookMilliseconds} ms as ${event.role}` };
    case 'handshake-gave-up':
      return {
        level: 'warn',
        text: `${peer}: no answer to ${event.attempts} handshake initiations, waiting for new data`,
      };
    case 'peer-roamed':
      return { level: 'info', text: `${peer}: is now at ${formatEndpoint(event.endpoint)}` };
    case 'heard-elsewhere':
      return { level: 'debug', text: `${peer}: can be heard at ${formatEndpoint(event.endpoint)} too` };
    case 'cookie-received':
      return { level: 'info', text: `${peer}: is under load and asks for a cookie` };
    case 'keys-zeroed':
      return { level: 'debug', text: `${peer}: old keys wiped` };
    case 'own-peer-removed':
      return { level: 'warn', text: `${peer}: has our own public key and was removed` };
    case 'dropped':
      return { level: 'debug', text: `handshake message from ${formatEndpoint(event.from)} dropped: ${event.reason}` };
  }
}
