/** The targets by name. A fuzzing thread loads one, so that its coverage is of what it reaches. */
import type { FuzzTarget } from './engine/target.ts';

type Load = () => Promise<{ readonly target: FuzzTarget }>;

const TARGETS: Readonly<Record<string, Load>> = {
  'address-text': () => import('./targets/address-text.ts'),
  'aead-kernels': () => import('./targets/aead-kernels.ts'),
  'allowed-ips': () => import('./targets/allowed-ips.ts'),
  'carrier-selector': () => import('./targets/carrier-selector.ts'),
  classifier: () => import('./targets/classifier.ts'),
  'config-file': () => import('./targets/config-file.ts'),
  'config-json': () => import('./targets/config-json.ts'),
  'control-socket': () => import('./targets/control-socket.ts'),
  'datagram-ring': () => import('./targets/datagram-ring.ts'),
  detective: () => import('./targets/detective.ts'),
  'echo-packets': () => import('./targets/echo-packets.ts'),
  'frame-queue': () => import('./targets/frame-queue.ts'),
  'handshake-crypto': () => import('./targets/handshake-crypto.ts'),
  'handshake-core': () => import('./targets/handshake-core.ts'),
  'inbound-datagrams': () => import('./targets/inbound-datagrams.ts'),
  'ip-merge': () => import('./targets/ip-merge.ts'),
  'ip-split': () => import('./targets/ip-split.ts'),
  keyring: () => import('./targets/keyring.ts'),
  'netlink-replies': () => import('./targets/netlink-replies.ts'),
  'qr-series': () => import('./targets/qr-series.ts'),
  'replay-window': () => import('./targets/replay-window.ts'),
  'share-link': () => import('./targets/share-link.ts'),
  'signature-tags': () => import('./targets/signature-tags.ts'),
  'state-file': () => import('./targets/state-file.ts'),
  'tcp-deframer': () => import('./targets/tcp-deframer.ts'),
  'uapi-set': () => import('./targets/uapi-set.ts'),
  'uapi-text': () => import('./targets/uapi-text.ts'),
  'websocket-frames': () => import('./targets/websocket-frames.ts'),
  'wire-messages': () => import('./targets/wire-messages.ts'),
};

export const TARGET_NAMES: readonly string[] = Object.keys(TARGETS);

/** @throws TypeError for a name that is none of TARGET_NAMES */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const load = TARGETS[name];
  if (load === undefined) throw new TypeError(`there is no target "${name}"`);
  return (await load()).target;
}

/** Kept inputs, from the root of the tree. */
export function corpusFile(name: string): string {
  return `test/fuzz/corpus/${name}.txt`;
}

/** Inputs that broke something once. */
export function crashFile(name: string): string {
  return `test/fuzz/crashes/${name}.txt`;
}
