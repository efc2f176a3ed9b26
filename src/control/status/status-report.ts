/** What `awg-vpn status` is told by a running tunnel. */
import type { Device } from '../../device/device.ts';
import { nullProfile } from '../../protocol/obfuscation/null-profile.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { PeerFacts } from './peer-facts.ts';
import { peerFacts } from './peer-facts.ts';
import type { Verdict } from './verdict.ts';
import { verdictOf } from './verdict.ts';

export interface PeerStatus extends PeerFacts {
  readonly verdict: Verdict;
}

export interface StatusReport {
  readonly name: string;
  readonly peers: readonly PeerStatus[];
}

/** Looks first and asks the peers then, or the questions would count as traffic. */
export async function statusOf(device: Pick<Device, 'observe' | 'probe'>): Promise<StatusReport> {
  const observation = device.observe();
  const probes = await device.probe();
  const context = {
    isObfuscated: isDisguised(observation.profile),
    disallowedSources: observation.drops.get('disallowed-source') ?? 0,
  };
  const peers = observation.peers.map((peer) => {
    const facts = peerFacts(peer, observation, probes.get(peer.id));
    return { ...facts, verdict: verdictOf(facts, context) };
  });
  return { name: observation.info.name, peers };
}

/** Whether a message of ours could be taken for nothing by a peer with other parameters. */
function isDisguised({ initiation, response, transport, headerProtection }: Profile): boolean {
  const plain = nullProfile();
  const shapes = [initiation, response, transport];
  const plainShapes = [plain.initiation, plain.response, plain.transport];
  return (
    headerProtection !== undefined ||
    shapes.some(({ prefix, header }, index) => prefix > 0 || header.low !== plainShapes[index]?.header.low)
  );
}
