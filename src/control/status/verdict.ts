/**
 * One sentence about a peer, and what to do. Each rule looks at facts that exclude the causes of the rules
 * before it: a keepalive of the peer that can be read proves that keys, S4, H4 and header protection are the
 * same at both ends, so what is missing then is missing behind the peer.
 */
import type { PeerFacts } from './peer-facts.ts';

export type VerdictState = 'works' | 'one-way' | 'broken' | 'trying' | 'idle' | 'waiting';

export interface Verdict {
  readonly state: VerdictState;
  readonly words: string;
  /** What to do about it; null where nothing needs to be done. */
  readonly hint: string | null;
}

/** What a whole tunnel adds to what is known of its peers. */
export interface VerdictContext {
  /** Whether messages are disguised, so that both ends may differ in how. */
  readonly isObfuscated: boolean;
  /** Packets that came through a session with a source that no peer may have. */
  readonly disallowedSources: number;
}

/** Until a keepalive is due and has arrived, seconds. */
const PATIENCE = 12;

type Rule = (facts: PeerFacts, context: VerdictContext) => Verdict | undefined;

const answers: Rule = ({ probe, handshake }) => {
  if (probe.outcome !== 'answered') return undefined;
  const took = probe.milliseconds === null ? 'data comes back' : `${probe.asked} answers in ${probe.milliseconds} ms`;
  const hint = handshake.unanswered > 2 ? 'a new handshake is under way and not answered yet; look again' : null;
  return { state: 'works', words: `works: ${took}`, hint };
};

const neverMet: Rule = ({ endpoint, handshake, hasAllowedIps }) => {
  if (handshake.age !== null) return undefined;
  if (handshake.unanswered === 0 && endpoint === null)
    return waiting('has not called yet, and we do not know where it is', 'start the other end, or give it an Endpoint');
  if (handshake.unanswered === 0 && !hasAllowedIps)
    return waiting('nothing is ever sent to it', 'it has no AllowedIPs: list the addresses behind it');
  if (handshake.unanswered === 0)
    return waiting('nothing has been sent to it yet', 'send something, or set PersistentKeepalive');
  return undefined;
};

const unreachable: Rule = ({ endpoint, carrier, handshake }, { isObfuscated }) => {
  if (handshake.isFresh || handshake.unanswered === 0) return undefined;
  const since = handshake.age === null ? '' : ` since ${ageText(handshake.age)} ago`;
  const port = carrier === 'udp' ? 'whether its UDP port is open' : `whether ${carrier} gets through`;
  const keys = isObfuscated ? 'both public keys, S1, S2, H1, H2 and HeaderProtectionKey' : 'both public keys';
  return {
    state: handshake.gaveUp ? 'broken' : 'trying',
    words: `no answer to ${handshake.unanswered} handshake${handshake.unanswered === 1 ? '' : 's'}${since}`,
    hint: `check whether ${endpoint ?? 'the peer'} is right and ${port}, then ${keys}; "awg-vpn doctor" finds which`,
  };
};

const asleep: Rule = ({ handshake }) =>
  handshake.isFresh
    ? undefined
    : {
        state: 'idle',
        words: `idle: the last session ended, and nothing has been sent since`,
        hint: null,
      };

/** What comes in can be read, but it is for nobody here. */
const wrongSource: Rule = ({ traffic, probe }, { disallowedSources }) => {
  if (disallowedSources === 0 || !isOneWay(traffic, probe)) return undefined;
  return {
    state: 'one-way',
    words: 'handshakes succeed, and what comes back has source addresses that the peer may not use',
    hint: `add them to its AllowedIPs here (${disallowedSources} packets were dropped as disallowed-source)`,
  };
};

const readableButEmpty: Rule = ({ traffic, probe, handshake }) => {
  // The handshake itself was a sign of life too.
  const isHeardSince = traffic.heardAge !== null && traffic.heardAge < (handshake.age ?? 0) - 1;
  const isWaiting = traffic.waiting !== null && traffic.waiting >= PATIENCE;
  if (!isHeardSince || isWaiting || !isOneWay(traffic, probe)) return undefined;
  return {
    state: 'one-way',
    words: 'the peer lives and reads what we send, but no data comes back',
    hint: `at the other end check that AllowedIPs has our Address, then forwarding, NAT and firewall; perhaps ${probe.asked ?? 'it'} only does not answer pings`,
  };
};

const nothingBack: Rule = ({ traffic, probe }, { isObfuscated }) => {
  if (!isOneWay(traffic, probe)) return undefined;
  const parameters = isObfuscated ? 'S4, H4 and HeaderProtectionKey, which must be the same at both ends, then ' : '';
  return {
    state: 'one-way',
    words: 'handshakes succeed, but nothing comes back',
    hint: `check ${parameters}at the other end AllowedIPs, forwarding and firewall; large packets may be lost on the way: try a smaller MTU`,
  };
};

const flows: Rule = ({ traffic, probe }) => {
  if (traffic.receivedAge === null) return undefined;
  const silent = probe.outcome === 'silent' ? `, though ${probe.asked} answers no pings` : '';
  return { state: 'works', words: `works: data came ${ageText(traffic.receivedAge)} ago${silent}`, hint: null };
};

const RULES: readonly Rule[] = [
  answers,
  neverMet,
  unreachable,
  asleep,
  wrongSource,
  flowsLately,
  readableButEmpty,
  nothingBack,
  flows,
];

export function verdictOf(facts: PeerFacts, context: VerdictContext): Verdict {
  for (const rule of RULES) {
    const verdict = rule(facts, context);
    if (verdict !== undefined) return verdict;
  }
  return { state: 'idle', words: 'there is a session, and no data has been sent yet', hint: null };
}

function flowsLately(facts: PeerFacts, context: VerdictContext): Verdict | undefined {
  const { receivedAge, waiting } = facts.traffic;
  return receivedAge !== null && receivedAge < PATIENCE && waiting === null ? flows(facts, context) : undefined;
}

/** Something was sent, long enough ago, and no data has come after it. */
function isOneWay({ sentAge, receivedAge, waiting }: PeerFacts['traffic'], { outcome }: PeerFacts['probe']): boolean {
  if (outcome === 'silent') return true;
  if (waiting !== null) return waiting >= PATIENCE;
  return sentAge !== null && receivedAge === null && sentAge >= PATIENCE;
}

function waiting(words: string, hint: string): Verdict {
  return { state: 'waiting', words, hint };
}

/** `12 s`, `3 min`, `2 h`, `4 days`: as exact as anyone wants it. */
export function ageText(seconds: number): string {
  if (seconds < 10) return `${seconds} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
