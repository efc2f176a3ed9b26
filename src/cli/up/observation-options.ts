/** The options of `up` by which a tunnel is watched from outside: metrics and captures. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { PacketCapture } from '../../control/capture/packet-capture.ts';
import type { MetricsAddress } from '../../control/metrics/metrics-address.ts';
import { isPublic, metricsAddressText, parseMetricsAddress } from '../../control/metrics/metrics-address.ts';
import { MetricsServer } from '../../control/metrics/metrics-server.ts';
import { TunnelMetrics } from '../../control/metrics/tunnel-metrics.ts';
import type { RunListener, RunOptions } from '../../control/run-tunnel.ts';
import type { Device } from '../../device/device.ts';
import type { Logger } from '../log.ts';

export interface ObservationChoice {
  readonly metrics?: MetricsAddress;
  readonly pcap?: string;
  /** MiB of one file. */
  readonly pcapSize?: number;
}

const MIB = 1 << 20;

export function addObservationOptions(command: Command): void {
  command
    .option(
      '--metrics <address>',
      'serve Prometheus metrics: ADDRESS:PORT, a port of loopback, or the path of a socket',
      parseAddress,
    )
    .option('--pcap <path>', 'record inner packets and datagrams: a directory, or the beginning of file names')
    .option('--pcap-size <MiB>', 'size of one such file (default 64); two of each kind are kept', parseSize);
}

/** What watches one tunnel while it runs. */
export class Observation {
  readonly #log: Logger;
  readonly #metrics = new TunnelMetrics();
  #device: Device | undefined;
  #server: MetricsServer | undefined;
  #capture: PacketCapture | undefined;

  private constructor(log: Logger) {
    this.#log = log;
  }

  /** Rejects where it cannot be had: then nothing is left of it. */
  static async start(choice: ObservationChoice, interfaceName: string, log: Logger): Promise<Observation> {
    const observation = new Observation(log);
    try {
      await observation.#serve(choice.metrics);
      await observation.#record(choice, interfaceName);
    } catch (error) {
      await observation.close();
      throw error;
    }
    return observation;
  }

  /** What the data plane has to know. */
  get engine(): Pick<NonNullable<RunOptions['engine']>, 'capture'> {
    return this.#capture === undefined ? {} : { capture: this.#capture.memories };
  }

  /** The same listener, after us. */
  before(listener: RunListener): RunListener {
    return {
      ...listener,
      onUp: (device, reload) => {
        this.#device = device;
        if (this.#capture !== undefined) this.#capture.listenPort = device.info.listenPort;
        listener.onUp(device, reload);
      },
      onEvent: (event, publicKey) => {
        this.#metrics.handleEvent(event);
        listener.onEvent(event, publicKey);
      },
      onCarrierEvent: (event, publicKey) => {
        this.#metrics.handleCarrierEvent(event);
        listener.onCarrierEvent(event, publicKey);
      },
    };
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.#capture?.close();
  }

  async #serve(address: MetricsAddress | undefined): Promise<void> {
    if (address === undefined) return;
    if (isPublic(address))
      this.#log.warn('metrics are served to the network; they name the peers by their public keys');
    this.#server = await MetricsServer.listen(address, () =>
      this.#device === undefined ? '' : this.#metrics.render(this.#device),
    );
    this.#log.info(`metrics at ${metricsAddressText(address)}`);
  }

  async #record({ pcap, pcapSize }: ObservationChoice, interfaceName: string): Promise<void> {
    if (pcap === undefined) return;
    const onWarning = (warning: string): void => this.#log.warn(warning);
    const size = pcapSize === undefined ? {} : { maxFileBytes: pcapSize * MIB };
    this.#capture = await PacketCapture.start({ path: pcap, interfaceName, onWarning, ...size });
    this.#log.warn(`every packet is recorded, decrypted too: ${pcap}`);
  }
}

function parseAddress(text: string): MetricsAddress {
  try {
    return parseMetricsAddress(text);
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : String(error)}.`);
  }
}

function parseSize(text: string): number {
  const size = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (size < 1) throw new InvalidArgumentError(`"${text}" is not a whole number of MiB of 1 or more.`);
  return size;
}
