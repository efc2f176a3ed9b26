import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DoctorReport, NotedFinding, PeerExamination } from '../../control/doctor/report.ts';
import { renderReport } from './render.ts';

const PEER: PeerExamination = {
  publicKey: 'AAAA',
  endpoint: '192.0.2.1:51820',
  state: 'works',
  initiationsSent: 1,
  handshakeAfter: 0.02,
  dataAfter: 0.03,
  findings: [],
  agreed: ['H1', 'S1'],
  notes: [],
};

const finding = (parameter: NotedFinding['parameter'], theirs: string, ours = '15'): NotedFinding => ({
  parameter,
  theirs,
  ours,
  certainty: 'proven',
  evidence: 'seen',
  count: 2,
  after: 1.5,
});

function render(peer: Partial<PeerExamination>, rest: Partial<DoctorReport> = {}): string {
  const peers = [{ ...PEER, ...peer }];
  return renderReport({
    publicKey: 'BBBB',
    listenPort: 7,
    seconds: 2,
    healthy: false,
    peers,
    others: [],
    skipped: 0,
    ...rest,
  });
}

test('a peer that works', () => {
  assert.equal(
    render({}),
    `this end: BBBB, UDP port 7, looked for 2 s

peer AAAA (192.0.2.1:51820): works
  1 initiation sent; handshake after 0.02 s; data after 0.03 s; agree: H1 S1
`,
  );
});

test('one parameter, and two', () => {
  const one = render({ findings: [finding('S1', '25')], state: 'no-answer' });
  assert.match(one, /^peer AAAA \(192\.0\.2\.1:51820\): S1 differs; does not answer$/m);
  assert.match(one, /^ {2}S1: the peer sends 25, this file says 15\n {6}seen \(2 times, first after 1\.5 s\)$/m);
  const two = render({ findings: [finding('S1', '25'), finding('H1', '7', '5-6')] });
  assert.match(two, /: S1, H1 differ; all else works$/m);
});

test('keys are never shown, only whether they are there', () => {
  const sentences: readonly [NotedFinding, RegExp][] = [
    [finding('HeaderProtectionKey', 'not set', 'set'), /HeaderProtectionKey: not set at the peer, set in this file/],
    [finding('PresharedKey', 'another', 'set'), /PresharedKey: the peer has another than this file/],
    [finding('PublicKey', 'another'), /PublicKey: the sender has another public key where that of this end belongs/],
    [finding('PublicKey', 'that of peer CC='), /the sender has that of peer CC= where that of this end belongs/],
    [finding('PublicKey', 'CC=', 'no [Peer] section has it'), /the sender is CC=; no \[Peer\] section has it/],
  ];
  for (const [each, expected] of sentences) assert.match(render({ findings: [each] }), expected);
});

test('a guess is called one; other sources and what was skipped are told', () => {
  const guess = { ...finding('HeaderProtectionKey', 'set', 'not set'), certainty: 'likely' as const };
  const others = [
    { address: '192.0.2.9:1', datagrams: 3, findings: [guess] },
    { address: '192.0.2.10:1', datagrams: 1, findings: [] },
  ];
  const text = render({ notes: ['a note'] }, { others, skipped: 4 });
  assert.match(text, /^ {2}- a note$/m);
  assert.match(text, /^from 192\.0\.2\.9:1, no known peer: 3 datagrams, HeaderProtectionKey$/m);
  assert.match(text, /likely, not proven: seen/);
  assert.match(text, /^from 192\.0\.2\.10:1, no known peer: 1 datagram, junk, or not for this end$/m);
  assert.match(text, /^4 datagrams came too fast/m);
});
