/**
 * Every number of the choice between carriers. Times are in milliseconds. Together they give the
 * promises of docs/carriers.md: plain blocking is left within 2 s, everything else within 5 s, and a
 * lossy network causes a handful of decisions in its first minute and fewer from then on.
 */
export const SELECTION = {
  // How often we look. Faster only while something is being decided.
  lookWhileDeciding: 50,
  lookWhileActive: 50,
  lookWhileIdle: 500,
  /** Without any packet for this long a peer is idle. */
  idleAfter: 3_000,
  /** A stream that is lost after so long without a packet is made again when there is one. */
  dormantAfter: 30_000,
  /** Ten seconds after an echo, a keepalive answers it (paper 6.5). */
  echoesLast: 12_000,

  // Searching for a carrier that works.
  /** The next stream is opened this long after its predecessor had its chance, */
  openNextAfter: 300,
  /** and used for a handshake or a probe this long after. */
  tryNextAfter: 800,
  probeEvery: 250,
  /** BOUNDS the probes of one candidate in one round. */
  probesPerRound: 8,
  /** With keys that should be good, a handshake is the second question. */
  initiateAfterProbe: 400,
  initiateEvery: 1_000,
  /** BOUNDS the handshakes that one candidate is asked for in one round. */
  initiationsPerRound: 2,
  /** The last candidate of a round has this long. */
  lastChance: 1_500,
  pauseBetweenRounds: 2_000,
  longestPause: 10_000,
  /** After this long without a wish for a session there is nothing to search for. */
  wishLasts: 12_000,

  // Silence. Sooner where a suspect can clear itself by answering a probe.
  suspectAfter: 500,
  suspectSooner: 250,
  suspectAfterRoundTrips: 2,
  /** After so many messages, a pause as long as that is silence although nothing was sent. */
  burstMessages: 20,
  probeSuspectEvery: 100,
  /** A first probe that is not answered for so long is a reason to look for others, */
  doubtAfter: 150,
  doubtAfterRoundTrips: 2,
  /** one after the other, */
  nextRivalAfter: 400,
  /** and to leave for one that answers. */
  rivalWinsAfter: 400,
  rivalWinsAfterRoundTrips: 3,
  /** Where probes are not answered: the next stream is opened on suspicion. */
  prepareAfter: 800,
  deadAfter: 1_200,
  /** A suspect has at least this long to answer, however late we noticed. */
  hearing: 600,
  /** Patience with a slow path, in round trips. */
  patienceInRoundTrips: 4,
  /** which are those of probes that are not older than this. */
  recentProbes: 10_000,
  /** Something trickles in, but neither probe nor handshake is answered. */
  deadWithoutAnswerAfter: 2_500,
  /** A peer that answers handshakes but no probe is not suspected again for this long, */
  graceAfterHandshake: 10_000,
  /** and must have sent something by then: a keepalive is due ten seconds after data (paper 6.5). */
  deadWithoutDataAfter: 13_000,
  /** A stream may be gone for this long, as it is while it reconnects. */
  streamMayBeDown: 1_000,

  // Degradation. Judged only while enough is under way to judge by.
  bulkBytesPerSecond: 25_000,
  probeWhileBusyEvery: 1_000,
  probeWhileSlowEvery: 500,
  lossWindow: 500,
  longestLossWindow: 3_000,
  lossWindowMessages: 50,
  lossFraction: 0.05,
  lossyWindows: 3,
  /** A policer makes senders slow rather than losses high. Losses above this are no accident, */
  slightLossFraction: 0.01,
  /** where the path is so much slower than it has been within memory, */
  collapsedGoodput: 0.34,
  /** where it has been for so many windows since the losses that it began with, */
  collapsedWindows: 2,
  /** or where they go on for so many windows. */
  slightlyLossyWindows: 20,
  goodputMemory: 600_000,
  /** BOUNDS what is remembered of probes to one candidate. */
  probesJudged: 10,
  probeLossFraction: 0.3,
  /** An unanswered probe of this age is lost. */
  probeLostAfter: 2_000,
  slowRoundTrips: 8,
  slowAtLeast: 400,
  slowFor: 3_000,
  /** Sooner where much less gets through than used to. */
  slowAndCollapsedFor: 1_500,
  goodputWindow: 3_000,

  // Trials of a lower candidate, and the way back up.
  trialOpening: 3_000,
  trialProbing: 1_500,
  /** A trial begins counting when the flows have had time to find their pace. */
  trialSettling: 1_500,
  trialLasts: 5_000,
  /** The trial carrier must be this much faster where something is wrong with it as well. */
  trialGain: 1.25,
  trialAgainAfter: 30_000,
  ascendAfter: 15_000,
  ascendAfterDegradation: 30_000,
  longestBackoff: 600_000,
  /** A candidate that lasts this long has earned back its first, short interval. */
  provenAfter: 60_000,
  ascentAnswers: 3,
  /** The data plane reports what is heard elsewhere no more often than HEARD_INTERVAL_MS. */
  ascentProbesApart: 150,
  ascentMisses: 1,
  /** The peer's answer may take another way while packets of ours arrive there all the time. */
  ascentMissesWhileBusy: 4,
  /** A path that has just come into use is spoken by more than once: the peer may hear late of the one before. */
  confirmFor: 600,
  confirmEvery: 200,
  /** What was left is kept open for a moment, in case the new one disappoints. */
  keepOpen: 3_000,

  /** Keys are good for 180 s (paper 6.1, Reject-After-Time), with some reserve. */
  sessionLasts: 170_000,
} as const;
