import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerFacts } from './peer-facts.ts';
import type { VerdictContext, VerdictState } from './verdict.ts';
import { ageText, verdictOf } from './verdict.ts';

type Changes = { readonly [Part in keyof PeerFacts]?: Partial<PeerFacts[Part]> | PeerFacts[Part] };

/** A peer in session that has been sent data and has answered it, and does not answer pings. */
function facts(changes: Changes = {}): PeerFacts {
  const base: PeerFacts = {
    publicKey: 'A',
    endpoint: '192.0.2.1:51820',
    carrier: 'udp',
    hasAllowedIps: true,
    handshake: { age: 30, isFresh: true, begunBy: 'us', tookMilliseconds: 40, unanswered: 0, gaveUp: false },
    traffic: { receivedAge: 20, sentAge: 20, heardAge: 20, waiting: null, receivedBytes: 9, sentBytes: 9 },
    probe: { outcome: 'silent', asked: '10.0.0.1', milliseconds: null },
  };
  const merged = Object.entries(changes).map(([part, change]) => {
    const former = base[part as keyof PeerFacts];
    return [part, typeof change === 'object' && change !== null ? { ...(former as object), ...change } : change];
  });
  return { ...base, ...(Object.fromEntries(merged) as Partial<PeerFacts>) };
}

const PLAIN: VerdictContext = { isObfuscated: false, disallowedSources: 0 };
const AWG: VerdictContext = { ...PLAIN, isObfuscated: true };
const NEVER = { age: null, isFresh: false, begunBy: null, tookMilliseconds: null };
const NO_SESSION = { outcome: 'no-session', asked: null } as const;
const NOTHING_IN = { receivedAge: null, sentAge: 15, heardAge: 30, waiting: 15 };

interface Case {
  readonly what: string;
  readonly given: PeerFacts;
  readonly context?: VerdictContext;
  readonly state: VerdictState;
  readonly words: RegExp;
  readonly hint?: RegExp;
}

const cases: readonly Case[] = [
  {
    what: 'an answer ends all doubt',
    given: facts({ probe: { outcome: 'answered', milliseconds: 12.5 } }),
    state: 'works',
    words: /^works: 10\.0\.0\.1 answers in 12\.5 ms$/,
  },
  {
    what: 'an answer that only traffic tells of',
    given: facts({ probe: { outcome: 'answered' } }),
    state: 'works',
    words: /data comes back/,
  },
  {
    what: 'nobody knows where it is',
    given: facts({ endpoint: null, handshake: NEVER, probe: NO_SESSION }),
    state: 'waiting',
    words: /has not called yet/,
    hint: /give it an Endpoint/,
  },
  {
    what: 'no AllowedIPs',
    given: facts({ hasAllowedIps: false, handshake: NEVER, probe: NO_SESSION }),
    state: 'waiting',
    words: /nothing is ever sent/,
    hint: /AllowedIPs/,
  },
  {
    what: 'nothing to send',
    given: facts({ handshake: NEVER, probe: NO_SESSION }),
    state: 'waiting',
    words: /nothing has been sent/,
    hint: /PersistentKeepalive/,
  },
  {
    what: 'never answered, plain WireGuard',
    given: facts({ handshake: { ...NEVER, unanswered: 3 }, probe: NO_SESSION }),
    state: 'trying',
    words: /^no answer to 3 handshakes$/,
    hint: /192\.0\.2\.1:51820 is right and whether its UDP port is open, then both public keys;/,
  },
  {
    what: 'never answered, disguised, given up',
    given: facts({ handshake: { ...NEVER, unanswered: 20, gaveUp: true }, probe: NO_SESSION }),
    context: AWG,
    state: 'broken',
    words: /20 handshakes$/,
    hint: /S1, S2, H1, H2 and HeaderProtectionKey/,
  },
  {
    what: 'was there once, over TCP',
    given: facts({ carrier: 'tcp', handshake: { age: 7000, isFresh: false, unanswered: 2 }, probe: NO_SESSION }),
    state: 'trying',
    words: /no answer to 2 handshakes since 117 min ago/,
    hint: /whether tcp gets through/,
  },
  {
    what: 'asleep',
    given: facts({ handshake: { age: 7000, isFresh: false }, probe: NO_SESSION }),
    state: 'idle',
    words: /^idle/,
  },
  {
    what: 'sources that it may not have',
    given: facts({ traffic: NOTHING_IN }),
    context: { ...PLAIN, disallowedSources: 7 },
    state: 'one-way',
    words: /source addresses that the peer may not use/,
    hint: /7 packets/,
  },
  {
    what: 'keepalives come back, data does not',
    given: facts({ traffic: { ...NOTHING_IN, heardAge: 2, waiting: null } }),
    context: AWG,
    state: 'one-way',
    words: /lives and reads what we send/,
    hint: /AllowedIPs has our Address, then forwarding/,
  },
  {
    what: 'nothing at all comes back, plain',
    given: facts({ traffic: NOTHING_IN }),
    state: 'one-way',
    words: /^handshakes succeed, but nothing comes back$/,
    hint: /^check at the other end AllowedIPs/,
  },
  {
    what: 'nothing at all comes back, disguised',
    given: facts({ traffic: NOTHING_IN }),
    context: AWG,
    state: 'one-way',
    words: /nothing comes back/,
    hint: /^check S4, H4 and HeaderProtectionKey/,
  },
  {
    what: 'data flows, pings are not answered',
    given: facts({ traffic: { receivedAge: 1, sentAge: 1, heardAge: 1 } }),
    state: 'works',
    words: /data came 1 s ago, though 10\.0\.0\.1 answers no pings/,
  },
  {
    what: 'a session and nothing else',
    given: facts({
      traffic: { receivedAge: null, sentAge: null, heardAge: null },
      probe: { outcome: 'nobody-to-ask', asked: null },
    }),
    state: 'idle',
    words: /no data has been sent yet/,
  },
];

for (const { what, given, context = PLAIN, state, words, hint } of cases) {
  test(what, () => {
    const verdict = verdictOf(given, context);
    assert.equal(verdict.state, state, verdict.words);
    assert.match(verdict.words, words);
    if (hint === undefined) assert.equal(verdict.hint, null);
    else assert.match(verdict.hint ?? '', hint);
  });
}

test('ages', () => {
  assert.deepEqual([0.3, 59, 300, 10_000, 900_000].map(ageText), ['0.3 s', '59 s', '5 min', '3 h', '10 days']);
});
