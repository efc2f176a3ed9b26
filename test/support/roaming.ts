/** Moving one end of a tunnel to another address and port while its sessions live. */
import { onlyPeer } from './engines/engine-adapter.ts';
import { ping } from './ping.ts';
import type { TunnelEnd } from './tunnel-pair.ts';
import { LISTEN_PORT } from './tunnel-pair.ts';
import { waitFor } from './wait.ts';
import type { Family } from './wire.ts';
import { endpointText, moveToSpareAddress } from './wire.ts';

/** The port that an end is seen under after it moved. */
const NEW_PORT = 40001;

/** wireguard-go of 2022 keeps sending from the address it lost until it begins a new session, after 15 s. */
const ANSWER_TIMEOUT_MS = 40_000;

/**
 * A NAT that forgot its mapping: from now on the end's datagrams leave from NEW_PORT and answers
 * come back there, while the socket knows nothing of it.
 */
const REBINDING = `
table inet rebinding {
  chain leaving {
    type filter hook output priority raw;
    udp sport ${LISTEN_PORT} udp sport set ${NEW_PORT}
  }
  chain arriving {
    type filter hook prerouting priority raw;
    udp dport ${NEW_PORT} udp dport set ${LISTEN_PORT}
  }
}`;

async function changePort(end: TunnelEnd): Promise<void> {
  if (end.tunnel.setListenPort === undefined) await end.host.namespace.setFirewall(REBINDING);
  else await end.tunnel.setListenPort(NEW_PORT);
}

async function waitForAnswer(from: TunnelEnd, to: TunnelEnd): Promise<void> {
  const attempt = { count: 1, timeoutSeconds: 1 };
  await waitFor(
    `an answer from ${to.host.namespace.name}`,
    async () => (await ping(from.host.namespace, to.inner[4], attempt)).received > 0,
    { timeoutMs: ANSWER_TIMEOUT_MS, explain: () => from.tunnel.process.output },
  );
}

/**
 * `end` moves to its spare address and another port and goes on talking; `other` must follow it,
 * which both the answers and the endpoint it reports show.
 */
export async function roam(end: TunnelEnd, other: TunnelEnd, outer: Family): Promise<void> {
  await moveToSpareAddress(end.host, outer);
  await waitForAnswer(end, other);
  await changePort(end);
  await waitForAnswer(end, other);
  const expected = endpointText(end.host.spareAddress[outer], NEW_PORT);
  let seen: string | undefined;
  await waitFor(
    `${other.tunnel.interfaceName} to report ${expected}`,
    async () => {
      seen = (await onlyPeer(other.tunnel)).endpoint;
      return seen === expected;
    },
    { timeoutMs: 5000, explain: () => `it reports ${seen}` },
  );
  await waitForAnswer(other, end);
}
