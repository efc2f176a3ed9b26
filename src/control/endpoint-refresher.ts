/**
 * Keeps peers reachable whose endpoint is a host name: names move, and a tunnel outlives the address
 * that its name had when it came up. The name is asked again when the peer does not answer, and every
 * half hour in any case; where the answer is another one, the peer is told to be there.
 */
import { lookup } from 'node:dns/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Device } from '../device/device.ts';
import { formatEndpoint, parseAddress } from '../protocol/address-text.ts';
import { equalBytes, toHex } from '../protocol/bytes.ts';
import type { Endpoint } from '../protocol/endpoint.ts';
import type { TunnelEvent } from '../protocol/tunnel-event.ts';
import { resolveCarriers } from './config/resolve-carriers.ts';
import type { TextReader } from './config/text-file.ts';
import type { EndpointName, PeerEntry, TunnelConfig } from './config/tunnel-config.ts';

/** A peer that has not answered for this long may have moved. Also the least time between two questions about it. */
const PATIENCE_MS = 30_000;
const PERIOD_MS = 30 * 60_000;

export interface EndpointRefresherOptions {
  readonly device: Pick<Device, 'configure' | 'configuration' | 'snapshot'>;
  /** All addresses of a name, best first. Default: the system's resolver. */
  readonly addressesOf?: (host: string) => Promise<readonly string[]>;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
  /** A sentence for the log. */
  readonly onNotice: (notice: string) => void;
}

/** A peer with a name, and how well it does. */
interface NamedPeer {
  readonly entry: PeerEntry;
  readonly file: string;
  /** Since when it has not answered. */
  silentSince: number | undefined;
  askedAt: number;
}

export class EndpointRefresher {
  readonly #options: EndpointRefresherOptions;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  /** By public key; BOUNDED by the peers of the configuration. */
  #named = new Map<string, NamedPeer>();
  /** How files that the configuration names are read. */
  #read: TextReader | undefined;
  #isClosed = false;

  constructor(options: EndpointRefresherOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#timer = setInterval(() => void this.refreshAll(), PERIOD_MS);
    this.#timer.unref();
  }

  /** Whose names are to be kept, from now on. */
  use({ peers, file }: TunnelConfig, read?: TextReader): void {
    this.#read = read;
    const named = peers.filter((entry) => namesOf(entry).length > 0);
    const fresh = { file, silentSince: undefined, askedAt: Number.NEGATIVE_INFINITY };
    this.#named = new Map(named.map((entry) => [toHex(entry.publicKey), { entry, ...fresh }]));
  }

  handleEvent(event: TunnelEvent, publicKey: Uint8Array | undefined): void {
    const peer = publicKey && this.#named.get(toHex(publicKey));
    if (peer === undefined) return;
    if (event.kind === 'handshake-completed') peer.silentSince = undefined;
    if (event.kind === 'handshake-sent') peer.silentSince ??= this.#now();
    const isSilent = peer.silentSince !== undefined && this.#now() - peer.silentSince >= PATIENCE_MS;
    if (event.kind === 'handshake-gave-up' || (event.kind === 'handshake-sent' && isSilent))
      void this.#refreshSilent(peer);
  }

  /** Resolves when every name has been asked. */
  async refreshAll(): Promise<void> {
    await Promise.all([...this.#named.values()].map((peer) => this.#refresh(peer, false)));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  async #refreshSilent(peer: NamedPeer): Promise<void> {
    if (this.#now() - peer.askedAt < PATIENCE_MS) return;
    await this.#refresh(peer, true);
  }

  /** A name that cannot be resolved now is no reason to give up an address that it once had. */
  async #refresh(peer: NamedPeer, isSilent: boolean): Promise<void> {
    peer.askedAt = this.#now();
    const { carriers, endpoint } = peer.entry;
    try {
      if (carriers.length > 0) await this.#refreshCarriers(peer);
      else if (endpoint !== undefined) await this.#refreshEndpoint(peer.entry.publicKey, endpoint, isSilent);
    } catch (error) {
      if (!this.#isClosed) this.#options.onNotice(`a host name was not resolved again: ${messageOf(error)}`);
    }
  }

  async #refreshEndpoint(publicKey: Uint8Array, name: EndpointName, isSilent: boolean): Promise<void> {
    const { addressesOf = systemAddresses, device, onNotice } = this.#options;
    const addresses = (await addressesOf(name.host)).flatMap((text) => parseAddress(text) ?? []);
    const current = this.#isClosed
      ? undefined
      : device.snapshot().peers.find((peer) => equalBytes(peer.publicKey, publicKey));
    if (current === undefined) return;
    const address = betterAddress(addresses, current.endpoint, name.port, isSilent);
    if (address === undefined) return;
    const endpoint: Endpoint = { address, port: name.port, scopeId: 0 };
    await device.configure({ peers: [{ publicKey, updateOnly: true, endpoint }] });
    onNotice(`"${name.host}" is tried at ${formatEndpoint(endpoint)} now`);
  }

  async #refreshCarriers({ entry, file }: NamedPeer): Promise<void> {
    const { publicKey } = entry;
    const { device, onNotice } = this.#options;
    const reading = this.#read === undefined ? {} : { read: this.#read };
    const carriers = await resolveCarriers(entry.carriers, file, { retries: 0, onWarning: onNotice, ...reading });
    const current = this.#isClosed
      ? undefined
      : device.configuration().peers.find((peer) => equalBytes(peer.publicKey, publicKey));
    if (current === undefined || current.carriers.length === 0 || isDeepStrictEqual(current.carriers, carriers)) return;
    await device.configure({ peers: [{ publicKey, updateOnly: true, carriers }] });
    onNotice(
      `the carriers of a peer have other addresses now: ${entry.carriers.map(({ endpoint }) => endpoint.host).join(', ')}`,
    );
  }
}

/** None where the peer is where the name says. Of several, one that does not answer is left for the next. */
function betterAddress(
  addresses: readonly Uint8Array[],
  current: Endpoint | undefined,
  port: number,
  isSilent: boolean,
): Uint8Array | undefined {
  const place = current?.port === port ? current.address : undefined;
  const index = place === undefined ? -1 : addresses.findIndex((address) => equalBytes(address, place));
  if (index < 0) return addresses[0];
  return isSilent && addresses.length > 1 ? addresses[(index + 1) % addresses.length] : undefined;
}

function namesOf({ endpoint, carriers }: PeerEntry): EndpointName[] {
  const names = carriers.length > 0 ? carriers.map((carrier) => carrier.endpoint) : [endpoint];
  return names.flatMap((name) => (name === undefined || isLiteral(name) ? [] : [name]));
}

function isLiteral({ host }: EndpointName): boolean {
  return parseAddress(host.split('%')[0] ?? '') !== undefined;
}

async function systemAddresses(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
