/**
 * What every key is called in each form of a configuration, and what shape its values have (protocol
 * facts 2.1, 4.1, 4.2, 7.1). Whether a value makes sense is not asked here: a codec keeps it either way.
 */

/**
 * | Shape | In a file | In JSON |
 * |---|---|---|
 * | key | base64 | string |
 * | number | decimal | integer |
 * | range | `a` or `a-b` | integer or string |
 * | switch | `on`, `off`, digits | boolean |
 * | flag | `true`, `false` | boolean |
 * | word | without spaces | string |
 * | text | as it is, spaces too | string |
 * | list | comma list, repeated keys add | array of strings |
 * | commands | one a line, repeated keys add | array of strings |
 */
export type ValueShape = 'key' | 'number' | 'range' | 'switch' | 'flag' | 'word' | 'text' | 'list' | 'commands';

export interface KeyWord {
  /** As documented: `PublicKey`. */
  readonly name: string;
  readonly shape: ValueShape;
  /** Undefined for what the socket does not know. */
  readonly uapi: string | undefined;
}

/** In the order in which `awg` writes them to the socket; what the socket does not know comes last. */
export const INTERFACE_WORDS: readonly KeyWord[] = [
  word('PrivateKey', 'key', 'private_key'),
  word('ListenPort', 'number', 'listen_port'),
  word('FwMark', 'number', 'fwmark'),
  word('Jc', 'number', 'jc'),
  word('Jmin', 'number', 'jmin'),
  word('Jmax', 'number', 'jmax'),
  word('S1', 'number', 's1'),
  word('S2', 'number', 's2'),
  word('S3', 'number', 's3'),
  word('S4', 'number', 's4'),
  word('H1', 'range', 'h1'),
  word('H2', 'range', 'h2'),
  word('H3', 'range', 'h3'),
  word('H4', 'range', 'h4'),
  word('I1', 'text', 'i1'),
  word('I2', 'text', 'i2'),
  word('I3', 'text', 'i3'),
  word('I4', 'text', 'i4'),
  word('I5', 'text', 'i5'),
  // AmneziaWG 1.5 alone has these four.
  word('J1', 'text', 'j1'),
  word('J2', 'text', 'j2'),
  word('J3', 'text', 'j3'),
  word('Itime', 'number', 'itime'),
  word('HeaderProtectionKey', 'key', 'header_protection_key'),
  word('ContentPaddingAddition', 'range', 'content_padding_addition'),
  word('RekeyAfterTime', 'range', 'rekey_after_time'),
  word('RekeyTimeout', 'range', 'rekey_timeout'),
  word('RejectAfterTime', 'range', 'reject_after_time'),
  word('KeepaliveTimeout', 'range', 'keepalive_timeout'),
  word('MaxHandshakeAttempts', 'range', 'max_handshake_attempts'),
  word('RandomTrailers', 'switch', 'random_trailers'),
  word('DisableCookies', 'switch', 'disable_cookies'),
  word('Generation', 'word'),
  word('Address', 'list'),
  word('DNS', 'list'),
  word('MTU', 'number'),
  word('Table', 'number'),
  word('PreUp', 'commands'),
  word('PostUp', 'commands'),
  word('PreDown', 'commands'),
  word('PostDown', 'commands'),
  word('SaveConfig', 'flag'),
  word('ListenTCP', 'list'),
  word('ListenTLS', 'list'),
  word('ListenWebSocket', 'list'),
  word('TLSCertificate', 'text'),
  word('TLSKey', 'text'),
  // No tool but ours knows it.
  word('Masquerade', 'flag'),
];

export const PEER_WORDS: readonly KeyWord[] = [
  word('PublicKey', 'key', 'public_key'),
  word('PresharedKey', 'key', 'preshared_key'),
  word('Endpoint', 'word', 'endpoint'),
  word('PersistentKeepalive', 'range', 'persistent_keepalive_interval'),
  word('AllowedIPs', 'list', 'allowed_ip'),
  word('AdvancedSecurity', 'switch'),
  word('Transport', 'text'),
  word('EndpointTCP', 'word'),
  word('EndpointTLS', 'word'),
  word('EndpointWebSocket', 'word'),
  word('TLSServerName', 'word'),
  word('TLSALPN', 'text'),
  word('TLSPin', 'list'),
  word('TLSCA', 'text'),
  word('Connections', 'number'),
];

export type SectionKind = 'interface' | 'peer';

const BY_NAME = {
  interface: new Map(INTERFACE_WORDS.map((known) => [known.name.toLowerCase(), known])),
  peer: new Map(PEER_WORDS.map((known) => [known.name.toLowerCase(), known])),
} as const;

/** @param name in any letter case */
export function keyWord(kind: SectionKind, name: string): KeyWord | undefined {
  return BY_NAME[kind].get(name.toLowerCase());
}

/** Whether several lines with this key add up, where of others the last counts. Nobody knows that of unknown keys. */
export function accumulates(known: KeyWord | undefined): boolean {
  return known === undefined || known.shape === 'list' || known.shape === 'commands';
}

function word(name: string, shape: ValueShape, uapi?: string): KeyWord {
  return { name, shape, uapi };
}
