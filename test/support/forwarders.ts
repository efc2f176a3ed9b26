/** Programs that carry UDP in TCP beside a tunnel that knows nothing of it. */
import { fileURLToPath } from 'node:url';
import type { BackgroundProcess } from './command.ts';
import { findProgram } from './command.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import type { Scope } from './scope.ts';
import { waitFor } from './wait.ts';

const PROGRAM = fileURLToPath(new URL('./framing-forwarder-program.js', import.meta.url));

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface Forwarder {
  readonly name: string;
  readonly isHere: boolean;
  /** Accepts TCP at `listen` and sends what comes as UDP to `target`. */
  tcpToUdp(scope: Scope, namespace: NetworkNamespace, listen: Place, target: Place): Promise<BackgroundProcess>;
  /** Takes UDP at `listen` and sends it by TCP to `target`. */
  udpToTcp(scope: Scope, namespace: NetworkNamespace, listen: Place, target: Place): Promise<BackgroundProcess>;
}

const text = ({ address, port }: Place): string => `${address}:${port}`;

async function isListening(namespace: NetworkNamespace, kind: 'tcp' | 'udp', port: number): Promise<boolean> {
  const sockets = await namespace.run('ss', [kind === 'tcp' ? '-Hltn' : '-Hlun', `sport = :${port}`]);
  return sockets.trim() !== '';
}

async function ready(
  process: BackgroundProcess,
  namespace: NetworkNamespace,
  kind: 'tcp' | 'udp',
  listen: Place,
): Promise<BackgroundProcess> {
  await waitFor(`a forwarder at ${text(listen)}`, () => isListening(namespace, kind, listen.port), {
    explain: () => process.output,
  });
  return process;
}

/** Mullvad's `tcp2udp` and `udp2tcp`, where they are on PATH. */
export const mullvad: Forwarder = {
  name: "Mullvad's udp-over-tcp",
  isHere: findProgram('tcp2udp') !== undefined && findProgram('udp2tcp') !== undefined,
  tcpToUdp(scope, namespace, listen, target) {
    const args = ['--tcp-listen', text(listen), '--udp-forward', text(target), '--nodelay'];
    return ready(namespace.spawn('tcp2udp', args, {}, scope), namespace, 'tcp', listen);
  },
  udpToTcp(scope, namespace, listen, target) {
    const args = ['--udp-listen', text(listen), '--tcp-forward', text(target), '--nodelay'];
    return ready(namespace.spawn('udp2tcp', args, {}, scope), namespace, 'udp', listen);
  },
};

function own(action: 'tcp2udp' | 'udp2tcp', kind: 'tcp' | 'udp'): Forwarder['tcpToUdp'] {
  return (scope, namespace, listen, target) => {
    const places = [listen, target].flatMap(({ address, port }) => [address, String(port)]);
    return ready(namespace.spawn(process.execPath, [PROGRAM, action, ...places], {}, scope), namespace, kind, listen);
  };
}

export const independent: Forwarder = {
  name: 'an independent forwarder',
  isHere: true,
  tcpToUdp: own('tcp2udp', 'tcp'),
  udpToTcp: own('udp2tcp', 'udp'),
};
