/** Names in AmneziaVPN's JSON (share link facts 1.3 to 1.5). */

/** In both the object of a protocol and `last_config`: named and written as in a file. */
export const AWG_KEYS: readonly string[] = [
  'Jc',
  'Jmin',
  'Jmax',
  'S1',
  'S2',
  'S3',
  'S4',
  'H1',
  'H2',
  'H3',
  'H4',
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'HeaderProtectionKey',
  'ContentPaddingAddition',
  'RekeyAfterTime',
  'RekeyTimeout',
  'RejectAfterTime',
  'KeepaliveTimeout',
  'MaxHandshakeAttempts',
  'RandomTrailers',
  'DisableCookies',
];

/** The newest `format_version` that the facts are about; absent is 0. */
export const FORMAT_VERSION = 1;

/** The protocols that we can make a file of, and where AmneziaVPN keeps an imported one. */
export const CONTAINERS = [
  { protocol: 'awg', imported: 'amnezia-awg' },
  { protocol: 'wireguard', imported: 'amnezia-wireguard' },
] as const;
