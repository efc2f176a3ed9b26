/**
 * What a tunnel counts for Prometheus. Three families have the names and labels that
 * prometheus_wireguard_exporter gives them, so its dashboards go on; all others begin with `awg_vpn_`.
 * Addresses are in none of them: whoever may scrape need not know who is where.
 */
import type { CarrierEvent } from '../../device/carriers/carrier-event.ts';
import type { Device } from '../../device/device.ts';
import type { DeviceObservation } from '../../device/observe/device-observation.ts';
import { DROP_REASONS } from '../../protocol/drop-reason.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import type { PeerSnapshot } from '../../protocol/tunnel-options.ts';
import type { Labels, MetricFamily, MetricType, Sample } from './exposition.ts';
import { renderMetrics } from './exposition.ts';
import { Histogram } from './histogram.ts';

/** BOUNDS the series: of more peers those that were heard of last are shown, and how many are not. */
const MAX_PEERS_SHOWN = 1000;

/** Seconds; from a neighbour to one who answers the third attempt. */
const HANDSHAKE_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** Who is not only counted when asked. */
export class TunnelMetrics {
  readonly #latency = new Histogram(HANDSHAKE_BOUNDS);
  readonly #handshakes = { initiator: 0, responder: 0, failed: 0 };
  #carrierChanges = 0;
  #roamings = 0;

  handleEvent(event: TunnelEvent): void {
    if (event.kind === 'handshake-gave-up') this.#handshakes.failed += 1;
    if (event.kind === 'peer-roamed') this.#roamings += 1;
    if (event.kind !== 'handshake-completed') return;
    this.#handshakes[event.role] += 1;
    if (event.role === 'initiator') this.#latency.observe(event.tookMilliseconds / 1000);
  }

  handleCarrierEvent(event: CarrierEvent): void {
    if (event.kind === 'carrier-decided' && event.from !== undefined && event.from !== event.to)
      this.#carrierChanges += 1;
  }

  render(device: Pick<Device, 'observe'>): string {
    const observation = device.observe();
    return renderMetrics([
      ...peerFamilies(observation),
      ...this.#ownFamilies(),
      ...dataPlaneFamilies(observation),
      ...processFamilies(),
    ]);
  }

  #ownFamilies(): MetricFamily[] {
    const outcomes = Object.entries(this.#handshakes).map(([outcome, value]) => ({ labels: { outcome }, value }));
    return [
      family('awg_vpn_handshakes_total', 'counter', 'Handshakes by who began them, and those given up.', outcomes),
      family(
        'awg_vpn_handshake_duration_seconds',
        'histogram',
        'From the first initiation of ours to keys in use.',
        this.#latency.samples(),
      ),
      single('awg_vpn_carrier_changes_total', 'counter', 'Moves of a peer to another carrier.', this.#carrierChanges),
      single('awg_vpn_roamings_total', 'counter', 'Peers that were heard at another address.', this.#roamings),
    ];
  }
}

function peerFamilies(observation: DeviceObservation): MetricFamily[] {
  const { peers, info } = observation;
  const shown = [...peers].sort((a, b) => b.lastHandshake - a.lastHandshake).slice(0, MAX_PEERS_SHOWN);
  const each = (read: (peer: PeerSnapshot) => number | undefined): Sample[] =>
    shown.flatMap((peer) => {
      const value = read(peer);
      return value === undefined ? [] : [{ labels: peerLabels(peer, info.name), value }];
    });
  return [
    family(
      'wireguard_sent_bytes_total',
      'counter',
      'Bytes sent to the peer',
      each((peer) => peer.sentBytes),
    ),
    family(
      'wireguard_received_bytes_total',
      'counter',
      'Bytes received from the peer',
      each((peer) => peer.receivedBytes),
    ),
    family(
      'wireguard_latest_handshake_seconds',
      'gauge',
      'UNIX timestamp seconds of the last handshake',
      each((peer) => peer.lastHandshake / 1000),
    ),
    ...conditionFamilies(observation, shown, each),
    single('awg_vpn_peers', 'gauge', 'Peers of the tunnel.', peers.length),
    single('awg_vpn_peers_not_shown', 'gauge', 'Peers without series of their own.', peers.length - shown.length),
  ];
}

type Each = (read: (peer: PeerSnapshot) => number | undefined) => Sample[];

function conditionFamilies(observation: DeviceObservation, shown: readonly PeerSnapshot[], each: Each): MetricFamily[] {
  const { at, traffic, histories, carriers, info } = observation;
  const wallOf = (instant: number | undefined): number | undefined =>
    instant === undefined || instant === 0 ? undefined : (at.wall - (at.at - instant)) / 1000;
  const inUse = shown.flatMap((peer) => {
    if (peer.endpoint === undefined) return [];
    return [{ labels: { ...peerLabels(peer, info.name), carrier: carriers.get(peer.id)?.name ?? 'udp' }, value: 1 }];
  });
  return [
    family(
      'awg_vpn_peer_data_received_seconds',
      'gauge',
      'UNIX timestamp seconds of the last inner packet received.',
      each(({ id }) => wallOf(traffic.get(id)?.dataReceivedLast)),
    ),
    family(
      'awg_vpn_peer_data_sent_seconds',
      'gauge',
      'UNIX timestamp seconds of the last inner packet sent.',
      each(({ id }) => wallOf(traffic.get(id)?.dataSentLast)),
    ),
    family(
      'awg_vpn_peer_round_trip_seconds',
      'gauge',
      'Of the last answered probe inside the tunnel, where there was one.',
      each(({ id }) => {
        const roundTrip = histories.get(id)?.roundTrip ?? carriers.get(id)?.roundTrip;
        return roundTrip === undefined ? undefined : roundTrip / 1000;
      }),
    ),
    family('awg_vpn_peer_carrier', 'gauge', 'The carrier in use has the value 1.', inUse),
  ];
}

function peerLabels({ publicKey }: PeerSnapshot, name: string): Labels {
  return { interface: name, public_key: Buffer.from(publicKey).toString('base64') };
}

function dataPlaneFamilies({ counters, drops, info }: DeviceObservation): MetricFamily[] {
  const dropped = DROP_REASONS.slice(1).map((reason) => ({ labels: { reason }, value: drops.get(reason) ?? 0 }));
  const directions = (sent: number, received: number): Sample[] => [
    { labels: { direction: 'sent' }, value: sent },
    { labels: { direction: 'received' }, value: received },
  ];
  const { sentDatagrams, receivedDatagrams, sentPackets, receivedPackets, sendCalls, receiveCalls } = counters;
  return [
    family('awg_vpn_dropped_packets_total', 'counter', 'Packets that went no further, by reason.', dropped),
    family(
      'awg_vpn_datagrams_total',
      'counter',
      'Datagrams of the data plane.',
      directions(sentDatagrams, receivedDatagrams),
    ),
    family('awg_vpn_packets_total', 'counter', 'Inner packets.', directions(sentPackets, receivedPackets)),
    family(
      'awg_vpn_batches_total',
      'counter',
      'Batches of datagrams; datagrams divided by batches is the batch size.',
      directions(sendCalls, receiveCalls),
    ),
    family('awg_vpn_interface_frames_total', 'counter', 'Frames read from and written to the interface.', [
      { labels: { direction: 'read' }, value: counters.tunReads },
      { labels: { direction: 'written' }, value: counters.tunWrites },
    ]),
    single('awg_vpn_info', 'gauge', 'How the data plane works.', 1, {
      interface: info.name,
      kernel: info.kernel,
      workers: String(info.workers),
      mtu: String(info.mtu),
    }),
  ];
}

/** Names as client libraries have them; the heap is that of the control thread. */
function processFamilies(): MetricFamily[] {
  const { rss, heapUsed, heapTotal, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    single('process_cpu_seconds_total', 'counter', 'User and system processor time.', (user + system) / 1e6),
    single('process_resident_memory_bytes', 'gauge', 'Resident memory, with the arenas of the workers.', rss),
    single(
      'process_start_time_seconds',
      'gauge',
      'UNIX timestamp seconds of the start.',
      Date.now() / 1000 - process.uptime(),
    ),
    single('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use.', heapUsed),
    single('nodejs_heap_size_total_bytes', 'gauge', 'Heap set aside.', heapTotal),
    single('awg_vpn_shared_buffers_bytes', 'gauge', 'Buffers outside of the heap.', arrayBuffers),
  ];
}

function single(name: string, type: MetricType, help: string, value: number, labels: Labels = {}): MetricFamily {
  return family(name, type, help, [{ labels, value }]);
}

function family(name: string, type: MetricType, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type, help, samples };
}
