/** What of a configuration a log must never show. */
import type { TunnelConfig } from '../config/tunnel-config.ts';
import type { Redaction } from './redaction.ts';

/** From here on `redaction` knows the secrets of this configuration, and where its peers are. */
export function protectConfig(redaction: Redaction, config: TunnelConfig): void {
  const { privateKey, profile, peers } = config;
  const keys = [privateKey, profile.headerProtection, ...peers.map((peer) => peer.presharedKey)];
  const names = peers.flatMap(({ endpoint, carriers }) => [
    endpoint?.host,
    ...carriers.flatMap((carrier) => [carrier.endpoint.host, carrier.stream?.tls?.serverName]),
    ...carriers.map((carrier) => carrier.stream?.websocket?.host),
  ]);
  redaction.protect(keys.filter(isThere), names.filter(isThere));
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}
