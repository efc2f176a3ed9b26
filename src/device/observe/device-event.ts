/** What happens to a device, for programs: see docs/library.md. Peers are named by their public keys. */
import type { DropReason } from '../../protocol/drop-reason.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { WallTime } from '../../protocol/time.ts';
import type { CarrierName } from '../../transport/carrier-name.ts';

/** Milliseconds since 1970. */
interface At {
  readonly at: WallTime;
}

interface OfPeer extends At {
  /** 32 bytes. */
  readonly peer: Uint8Array;
}

export type DeviceEvent =
  /** New keys are in use. */
  | (OfPeer & {
      readonly kind: 'handshake';
      readonly role: 'initiator' | 'responder';
      readonly tookMilliseconds: number;
      readonly endpoint: Endpoint;
    })
  /** It is somewhere else, and answers go there. */
  | (OfPeer & { readonly kind: 'roamed'; readonly endpoint: Endpoint })
  /** Another carrier is used for it; `from` is undefined for the first, and equal to `to` where one has stood a trial. */
  | (OfPeer & {
      readonly kind: 'carrier';
      readonly from: CarrierName | undefined;
      readonly to: CarrierName;
      readonly endpoint: Endpoint;
      readonly reason: string;
    })
  /** Nothing has come back for so long that it should have; told once. */
  | (OfPeer & { readonly kind: 'silent'; readonly forMilliseconds: number })
  /** It was silent, and is not any more. */
  | (OfPeer & { readonly kind: 'alive' })
  /** `configure` or `adopt` has succeeded. */
  | (At & { readonly kind: 'configured' })
  /** So many packets were dropped for one reason within so short a time. */
  | (At & {
      readonly kind: 'drop-storm';
      readonly reason: DropReason;
      readonly packets: number;
      readonly withinMilliseconds: number;
    })
  /** Something does not work as configured. A sentence. */
  | (At & { readonly kind: 'warning'; readonly message: string })
  /** The data plane has ended by itself; the device can only be closed. */
  | (At & { readonly kind: 'failure'; readonly error: Error });

/** Without what every event has. */
export type DeviceNews = DeviceEvent extends infer Event
  ? Event extends DeviceEvent
    ? Omit<Event, 'at'>
    : never
  : never;
