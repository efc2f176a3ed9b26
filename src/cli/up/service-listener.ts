/** What a service manager is told about a tunnel of `up`: see docs/systemd.md. */
import type { RunListener } from '../../control/run-tunnel.ts';
import type { ServiceManager } from '../../control/service/service-manager.ts';
import type { Device } from '../../device/device.ts';
import type { DeviceSnapshot } from '../../device/device-snapshot.ts';
import { REJECT_AFTER_TIME_MS } from '../../protocol/constants.ts';

/** Beyond the wait itself: the name server may then take its time again, milliseconds. */
const LOOKUP_ALLOWANCE = 60_000;

/** The same listener, and `service` hears of it too. */
export function tellService(listener: RunListener, service: ServiceManager | undefined): RunListener {
  if (service === undefined) return listener;
  return {
    ...listener,
    onUp: (device, reload) => {
      listener.onUp(device, reload);
      service.ready();
      service.watch(vitalsOf(device));
    },
    onStopping: (reason) => {
      service.stopping(reason);
      listener.onStopping(reason);
    },
  };
}

/** A name server that does not answer is no reason to be taken for dead. */
export function tellResolving(service: ServiceManager | undefined, host: string, waitMilliseconds: number): void {
  service?.waiting(`Resolving "${host}"`, waitMilliseconds + LOOKUP_ALLOWANCE);
}

function vitalsOf(device: Device): { heartbeat(): boolean; status(): string } {
  return {
    heartbeat: () => device.heartbeat(),
    status: () => statusText(device.snapshot().peers, Date.now()),
  };
}

/**
 * `1 of 2 peers connected`: a peer is while keys from its last handshake may be used.
 *
 * @param now Unix milliseconds
 */
export function statusText(peers: DeviceSnapshot['peers'], now: number): string {
  const connected = peers.filter(({ lastHandshake }) => now - lastHandshake < REJECT_AFTER_TIME_MS).length;
  return `${connected} of ${peers.length} ${peers.length === 1 ? 'peer' : 'peers'} connected`;
}
