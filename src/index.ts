/** The library: read a configuration, open a device, or build on the protocol core itself. */

export type { PacketCaptureOptions } from './control/capture/packet-capture.ts';
export { PacketCapture } from './control/capture/packet-capture.ts';
export type { CodecErrorCode } from './control/codec/codec-error.ts';
export { CodecError } from './control/codec/codec-error.ts';
export { ConfigDocument } from './control/codec/document.ts';
export type { Finding, FindingCode, Report } from './control/codec/finding.ts';
export type { ConfigErrorCode, ConfigWarning } from './control/config/config-error.ts';
export { ConfigError } from './control/config/config-error.ts';
export { parseConfig } from './control/config/parse.ts';
export type { ResolveOptions } from './control/config/resolve.ts';
export { resolveEndpoint } from './control/config/resolve.ts';
export type {
  CarrierEntry,
  EndpointName,
  PeerEntry,
  StreamListenEntry,
  TunnelConfig,
} from './control/config/tunnel-config.ts';
export type { ConfigForm, ReadConfig, WriteOptions } from './control/convert-config.ts';
export { readConfigForm, writeConfigForm } from './control/convert-config.ts';
export type { ResolveSettingsOptions } from './control/resolve-settings.ts';
export { resolveSettings } from './control/resolve-settings.ts';
export type { RunListener, RunOptions } from './control/run-tunnel.ts';
export { runTunnel } from './control/run-tunnel.ts';
export type { UapiFolder } from './control/runtime-directory.ts';
export type { UapiTarget } from './control/uapi/conversation.ts';
export type { UapiOptions } from './control/uapi/uapi-server.ts';
export { UapiServer } from './control/uapi/uapi-server.ts';
export { nodeCrypto } from './crypto/node-crypto.ts';
export { SystemRandom } from './crypto/system-random.ts';
export type { Engine, EngineCounters, EngineListener } from './dataplane/engine.ts';
export type { CarrierEvent } from './device/carriers/carrier-event.ts';
export { Device } from './device/device.ts';
export type { DeviceErrorCode } from './device/device-error.ts';
export { DeviceError } from './device/device-error.ts';
export type { DeviceInfo } from './device/device-parts.ts';
export type { DevicePlatform } from './device/device-platform.ts';
export type { DevicePeer, DeviceSettings, RouteTable } from './device/device-settings.ts';
export type { DeviceListener, DeviceOptions } from './device/device-setup.ts';
export type { DeviceSnapshot } from './device/device-snapshot.ts';
export type {
  DeviceChange,
  DeviceConfiguration,
  PeerChange,
  PeerConfiguration,
} from './device/live/device-change.ts';
export type { DeviceEvent } from './device/observe/device-event.ts';
export type { DeviceEvents, EventStreamOptions } from './device/observe/device-events.ts';
export type { DeviceObservation } from './device/observe/device-observation.ts';
export type { EventQueue } from './device/observe/event-queue.ts';
export type { PeerHistory } from './device/observe/peer-histories.ts';
export type { ProbeResult } from './device/observe/peer-prober.ts';
export { formatAddress, formatEndpoint, formatPrefix, parseAddress } from './protocol/address-text.ts';
export type {
  EphemeralKeypair,
  HandshakeCrypto,
  PrivateKey,
  PublicKey,
  X25519Keypair,
} from './protocol/crypto.ts';
export type { DropReason } from './protocol/drop-reason.ts';
export type { Endpoint } from './protocol/endpoint.ts';
export type { EngineCommand, EngineEvent, PeerId, Prefix } from './protocol/engine-port.ts';
export type { Profile } from './protocol/obfuscation/profile.ts';
export type { Random } from './protocol/random.ts';
export type { Instant, Moment, WallTime } from './protocol/time.ts';
export { Tunnel } from './protocol/tunnel.ts';
export type { TunnelEvent } from './protocol/tunnel-event.ts';
export type { PeerConfig, PeerSnapshot } from './protocol/tunnel-options.ts';
export type { CarrierName, StreamKind } from './transport/carrier-name.ts';
export type { CarrierCandidate } from './transport/selection/candidate.ts';
export type { StreamListenOptions, StreamTarget } from './transport/stream/stream-target.ts';
