/** Why a device refuses what it is asked to become. Whoever gets one of these knows that nothing has changed. */

export type DeviceErrorCode =
  /** A key has not 32 bytes. */
  | 'bad-key'
  | 'bad-port'
  | 'bad-fwmark'
  /** AWG parameters that cannot work; `cause` is the ObfuscationError. */
  | 'bad-parameters'
  | 'bad-endpoint'
  /** Allowed IPs: neither IPv4 nor IPv6, or longer than the address. */
  | 'bad-prefix'
  | 'bad-keepalive'
  | 'too-many-peers'
  /** The system does not let us listen there, as a rule because somebody else does; `cause` is the SystemCallError. */
  | 'listen-port'
  /** The system does not let us mark packets; `cause` is the SystemCallError. */
  | 'fwmark'
  /** Addresses, routes or rules were refused; `cause` says which. */
  | 'network'
  /** It can be had, but not without taking the tunnel down and up again. */
  | 'needs-restart'
  /** The device is closed. */
  | 'closed';

export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: DeviceErrorCode;

  constructor(code: DeviceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
