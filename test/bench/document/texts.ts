/** What docs/performance.md says besides figures. */
import type { SectionName } from '../results/figure.ts';

export const HOW_TO_READ = `Cells are medians over rounds. Within a round everything has its turn, so what else the machine does
hits all alike. **Ratios travel to other machines, absolute figures do not.** A ratio is taken within
each round, and its median over the rounds is shown; so it need not be the quotient of the medians.

Everything shares the processor: both ends of a tunnel, the programs that load it and, on a virtual
machine, the neighbours. The line below each table says how steady the rounds were.

To repeat it:

\`\`\`sh
npm run bench -- --section kernel,path --rounds 5 --json bench-baselines/data-plane.json
npm run bench -- --section tunnel --rounds 5 --json bench-baselines/tunnel.json
npm run bench -- --compare bench-baselines/data-plane.json --section kernel,path --rounds 5
\`\`\`

\`--compare\` names what got more than 5 % worse and lies outside of the noise: the middle halves of the
rounds, before and after, do not touch. Figures that both runs held against the same yardstick are
compared as ratios to it. In memory that is OpenSSL sealing a packet on the same machine at that time,
next to other daemons it is \`wireguard-go\`.`;

export const WHY_MISSED = `Where the time goes, what was tried and why a goal is missed: [performance-notes.md](performance-notes.md).`;

export interface SectionText {
  readonly title: string;
  readonly text: string;
}

export const SECTION_TEXTS: Readonly<Record<SectionName, SectionText>> = {
  kernel: {
    title: 'Kernels',
    text: `Bulk work alone, nanoseconds per packet, batches of 32 that lie in the arena. \`wasm-relaxed\` is what runs
where the engine has relaxed SIMD (Node 22 and later), \`wasm-simd\` elsewhere, \`openssl\` is the library in
the Node binary through FFI, \`reference\` the audited JavaScript that the others are tested against.`,
  },
  path: {
    title: 'The way of a packet',
    text: `Two engines in one memory, with devices that cost nothing: frames are read from where they lie, and what
the first engine has sealed the second opens in place. So this is the data plane and no operating
system. \`out\` is from the TUN to the wire, \`in\` from the wire to the TUN, both per inner packet.
Super-packets of 64 KiB go four in a batch and arrive as trains (UDP_GRO); "one by one" is the same
without any offload, sixteen in a batch. Heap growth is what JavaScript allocates; a byte per packet or
more fails the run.

The stages come from a sampling profile of the same loop. \`docs/architecture.md\` tells what they are.`,
  },
  tunnel: {
    title: 'Tunnels side by side',
    text: `Whole daemons, the same at both ends of a cable between two network namespaces, over IPv4 with an MTU of
1420. TCP is \`iperf3\`, bits as the receiver saw them; "both ways" is the sum of two opposite streams.
UDP packets (of 64 and 1200 bytes with their IP header) go one by one, at a rate that is raised until
more than one in a thousand is lost, and then bisected. Pings are 200, ten milliseconds apart; loaded
means during one TCP stream at full speed. CPU per GB is the processor time of both daemons for each
gigabyte of the single stream, without what the kernel does in interrupts. RSS is that of the larger end.

A virtual cable carries segmentation trains uncut, which flatters every engine that sends them. Without
offloads the kernel cuts them first, as a plain network card would.`,
  },
  handshakes: {
    title: 'Handshakes',
    text: `How many initiations a responder answers in a second. Alone: core and data plane in one thread, with no
operating system around. Daemons: valid initiations from 512 peers, 32 of them unanswered at any
time, so that no responder thinks of itself as under load. Each costs four operations on the curve,
which \`wireguard-go\` spreads over all cores and we do on the control thread; what is left of the time is
mostly BLAKE2s, which Node has no keyed native version of. \`boringtun-cli\` asks for cookies above 100 a
second and is left out.`,
  },
  peers: {
    title: 'Many peers',
    text: `Look-ups in the allowed IPs, one address of each family for every peer. The way of a full packet in
memory, one by one, so that each finds its peer by itself. Daemons with that many peers configured, one
of which talks; memory is that of the responder before any traffic.`,
  },
  workers: {
    title: 'Workers',
    text: `In memory: one thread, then two at once, each with engines and memory of its own, as workers have; every
packet is sealed and opened. Tunnels: our daemon with one data-plane worker, with one for each
direction, and as it chooses itself; with both ends on this machine two workers a side are four
threads, and \`iperf3\` wants a processor too.`,
  },
  carriers: {
    title: 'Carriers',
    text: `Our daemon at both ends, each carrier in its turn; \`iperf3\` inside. Both ends share this machine, so
the threads that streams need beside the data plane take from the same processors as everything else.
The lossy cable is a program that delays each packet and drops one in a hundred, each way;
\`udp2tcp\` and \`tcp2udp\` are Mullvad's, around our daemon's UDP, where they are installed.`,
  },
  floods: {
    title: 'Handshake floods',
    text: `What is left of one TCP stream while strangers send the server 20,000 handshake messages a second, and how
long somebody new waits meanwhile. Flood, both ends and iperf3 share the machine.`,
  },
};
