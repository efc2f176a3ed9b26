/** What a shared text is, by the substrings that AmneziaVPN looks for, in its order (share link facts 1.2). */

export type ShareKind = 'backup' | 'amnezia' | 'wireguard' | 'xray' | 'openvpn' | 'proxy';

/** Those go to other importers, before anything else is looked at. */
const PROXY_SCHEMES = ['vless://', 'vmess://', 'trojan://', 'ss://', 'ssd://'];

/** Undefined where AmneziaVPN would go on to decode. */
export function shareKindOf(text: string): ShareKind | undefined {
  const has = (...parts: readonly string[]): boolean => parts.every((part) => text.includes(part));
  if (PROXY_SCHEMES.some((scheme) => text.startsWith(scheme))) return 'proxy';
  if (has('Servers/serversList')) return 'backup';
  if (has('containers') || has('api_key') || has('auth_data') || has('hostName', 'userName', 'password'))
    return 'amnezia';
  if (has('[Interface]', '[Peer]')) return 'wireguard';
  if (has('inbounds', 'outbounds')) return 'xray';
  return has('client') && (has('dev tun') || has('dev tap')) ? 'openvpn' : undefined;
}
