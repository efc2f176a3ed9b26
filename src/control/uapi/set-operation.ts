/**
 * One `set` operation (protocol facts 4.2), read line by line into one change of the device. Upstream
 * carries out most lines as they come; here nothing happens before the last one has been read, so that an
 * operation that fails changes nothing.
 */
import type {
  DeviceChange,
  DeviceConfiguration,
  PeerChange,
  PeerConfiguration,
} from '../../device/live/device-change.ts';
import { quote } from '../../protocol/quote.ts';
import type { DeviceDraft } from './device-section.ts';
import { readDeviceLine } from './device-section.ts';
import { PeerSection } from './peer-section.ts';
import { parseKey } from './set-values.ts';
import { UapiError } from './uapi-error.ts';

function removalOf({ publicKey }: PeerConfiguration): PeerChange {
  return { publicKey, remove: true };
}

export class SetOperation {
  readonly #device: DeviceDraft = { parameters: {} };
  /** BOUNDED by the limit on the size of an operation. */
  readonly #peers: PeerSection[] = [];

  /** @throws UapiError */
  line(text: string): void {
    const equals = text.indexOf('=');
    if (equals === -1) throw new UapiError('protocol', `${quote(text)}: is not "key=value"`);
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    if (key === 'public_key') this.#peers.push(new PeerSection(parseKey(key, value)));
    else this.#setting(key, value);
  }

  /** What was read, for a device that is like this: AWG parameters that were not named stay as they are. */
  changeOf(running: DeviceConfiguration): DeviceChange {
    const { parameters: named, replacePeers, ...device } = this.#device;
    // Whoever is named again afterwards is another peer: no session, no counters, no endpoint.
    const removals = replacePeers === true ? running.peers.map(removalOf) : [];
    const peers = [...removals, ...this.#peers.flatMap((peer) => peer.changes)];
    const parameters = Object.keys(named).length === 0 ? undefined : { ...running.parameters, ...named };
    return { ...device, ...(parameters && { parameters }), ...(peers.length > 0 && { peers }) };
  }

  #setting(key: string, value: string): void {
    const peer = this.#peers.at(-1);
    if (peer === undefined) readDeviceLine(this.#device, key, value);
    else peer.line(key, value);
  }
}
