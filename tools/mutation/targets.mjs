/**
 * What is mutated, and which tests are asked about it, the quickest first: the unit test beside it, then
 * tests that use it in earnest. Paths are those of sources.
 */
const CORE_IN_SIMULATION = [
  'test/sim/handshake.test.ts',
  'test/sim/keepalive.test.ts',
  'test/sim/under-load.test.ts',
  'test/sim/trial-paths.test.ts',
  'test/sim/session-life.test.ts',
];
const WHOLE_HOSTS = ['test/sim/live-changes.test.ts', 'test/sim/generation-3.test.ts'];

export const TARGETS = [
  target('replay window', 'session/replay-window', []),
  target('keyring', 'session/keyring', ['test/sim/session-life.test.ts']),
  target('keyring', 'session/keypair', ['test/sim/session-life.test.ts']),
  target('timers', 'timers/policy', CORE_IN_SIMULATION.concat(WHOLE_HOSTS)),
  target('timers', 'timers/timer-table', ['src/protocol/timers/policy.test.ts', ...CORE_IN_SIMULATION], false),
  target('timers', 'timers/deadline-queue', ['test/sim/session-life.test.ts']),
  target('timers', 'timers/keepalive-interval', ['src/protocol/tunnel.test.ts', 'test/sim/keepalive.test.ts']),
  target('timers', 'timers/timing', ['src/protocol/timers/policy.test.ts', ...CORE_IN_SIMULATION, ...WHOLE_HOSTS]),
  target('classification', 'obfuscation/classifier', ['test/conformance/handshake-datagrams.test.ts']),
  target('classification', 'obfuscation/header-range', ['src/protocol/obfuscation/parameters.test.ts']),
  target('MAC checks', 'cookie/mac-checker', ['src/protocol/cookie/cookie.test.ts', 'test/sim/under-load.test.ts']),
  target('MAC checks', 'cookie/mac-stamper', ['src/protocol/cookie/cookie.test.ts', 'test/sim/under-load.test.ts']),
  target('MAC checks', 'cookie/mac-keys', ['src/protocol/cookie/cookie.test.ts'], false),
  target('MAC checks', 'cookie/rate-limiter', ['test/sim/under-load.test.ts']),
  target('MAC checks', 'handshake/load-guard', ['test/sim/under-load.test.ts']),
  target('allowed IPs', 'routing/allowed-ips', ['src/protocol/tunnel.test.ts']),
  target('allowed IPs', 'routing/prefix-trie', ['src/protocol/routing/allowed-ips.test.ts']),
  target('allowed IPs', 'routing/index-table', []),
  target('handshake bookkeeping', 'handshake/sent-initiations', ['test/sim/handshake.test.ts']),
  target('handshake bookkeeping', 'handshake/timestamp-source', ['src/protocol/tai64n.test.ts']),
  target('handshake bookkeeping', 'handshake/steady-wall', []),
  target('handshake bookkeeping', 'tai64n', []),
];

function target(part, name, tests, hasOwnTest = true) {
  const file = `src/protocol/${name}.ts`;
  const own = hasOwnTest ? [`src/protocol/${name}.test.ts`] : [];
  return { part, file, tests: [...own, ...tests] };
}
