/** `awg-vpn up`: a tunnel in the foreground or background, until a signal or `awg-vpn down` ends it. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { ConfigFile } from '../../control/config/file.ts';
import { readConfigFile } from '../../control/config/file.ts';
import { parseConfig } from '../../control/config/parse.ts';
import { retriesFromEnvironment } from '../../control/config/resolve.ts';
import type { TunnelConfig } from '../../control/config/tunnel-config.ts';
import { protectConfig } from '../../control/log/log-secrets.ts';
import type { HookPolicy } from '../../control/quick/hook-policy.ts';
import { applyHookPolicy, HOOK_POLICIES } from '../../control/quick/hook-policy.ts';
import { reportOf } from '../../control/report.ts';
import { checkFiles } from '../../control/resolve-settings.ts';
import type { RunListener, RunOptions } from '../../control/run-tunnel.ts';
import { runTunnel } from '../../control/run-tunnel.ts';
import type { UapiFolder } from '../../control/runtime-directory.ts';
import { carrierMemoryPath, runtimeDirectory, UAPI_FOLDERS } from '../../control/runtime-directory.ts';
import { ServiceManager } from '../../control/service/service-manager.ts';
import type { Device } from '../../device/device.ts';
import type { WorkerCount } from '../../device/device-platform.ts';
import { MAX_WORKERS } from '../../device/device-platform.ts';
import type { KernelName } from '../../kernels/kernel.ts';
import { KERNEL_NAMES } from '../../kernels/kernel.ts';
import type { CliCommand, CliContext } from '../command.ts';
import type { Logger } from '../log.ts';
import { peerName } from '../log.ts';
import { carrierLine } from './carrier-line.ts';
import { confinementOf } from './confinement.ts';
import { Background, startDaemon } from './daemon.ts';
import { eventLine } from './event-line.ts';
import type { LogChoice, OpenLog } from './log-options.ts';
import { addLogOptions, complaintFor, openLog } from './log-options.ts';
import type { ObservationChoice } from './observation-options.ts';
import { addObservationOptions, Observation } from './observation-options.ts';
import { requirePrivileges } from './privileges.ts';
import { ReloadSignal } from './reload-signal.ts';
import { tellResolving, tellService } from './service-listener.ts';
import { keepHeapSmall } from './small-heap.ts';
import { TerminationSignals } from './termination-signals.ts';

interface UpOptions extends LogChoice, ObservationChoice {
  readonly check?: boolean;
  readonly kernel?: KernelName;
  readonly workers: WorkerCount;
  readonly user?: string;
  readonly confine: boolean;
  readonly seccomp: boolean;
  readonly hooks: HookPolicy;
  readonly daemon?: boolean;
  readonly logFile?: string;
  readonly uapi: keyof typeof UAPI_PLACES;
}

const UAPI_PLACES = {
  amneziawg: ['amneziawg'],
  wireguard: ['wireguard'],
  both: UAPI_FOLDERS,
  none: [],
} as const satisfies Record<string, readonly UapiFolder[]>;

export const up: CliCommand = {
  name: 'up',
  summary: 'bring a tunnel up and keep it up, in the foreground or as a daemon',
  examples: [
    { line: 'awg-vpn up wg0', explanation: '/etc/amnezia/amneziawg/wg0.conf, or else /etc/wireguard/wg0.conf' },
    { line: 'awg-vpn up ./office.conf', explanation: 'a file; the interface is called "office"' },
    { line: 'awg-vpn up -d wg0', explanation: 'as wg-quick: returns when the tunnel is up' },
    { line: 'awg-vpn up wg0 --log-level debug', explanation: 'with every handshake message' },
    { line: 'awg-vpn up wg0 --uapi both', explanation: '"wg show" finds it as well as "awg show"' },
    { line: 'awg-vpn up wg0 --check', explanation: 'only read the file and say what is wrong with it' },
  ],
  configure(command, context) {
    command
      .argument('<name>', 'name of a configuration, or path to a file that ends in .conf')
      .option('--check', 'check the configuration and do nothing')
      .option('-d, --daemon', 'return when the tunnel is up, and keep it up in the background')
      .option('--log-file <file>', 'where a daemon logs once it is up, by default nowhere')
      .addOption(new Option('--detached', 'the one in the background').hideHelp())
      .addOption(
        new Option('--hooks <which>', 'run PreUp and the like: of files that root alone can write, of all, or none')
          .choices(HOOK_POLICIES)
          .default('trusted'),
      )
      .addOption(new Option('--kernel <name>', 'encryption to use instead of the fastest').choices(KERNEL_NAMES))
      .addOption(
        new Option('--workers <count>', 'threads that move packets: one, one for each direction, more to encrypt')
          .argParser(parseWorkers)
          .default('auto'),
      )
      .addOption(
        new Option('--uapi <where>', 'for which tools to be found: "awg" looks in amneziawg, "wg" in wireguard')
          .choices(Object.keys(UAPI_PLACES))
          .default('amneziawg'),
      )
      .option('--user <name>', 'whom to become once the tunnel is up: a name, or UID:GID; "root" stays root')
      .option('--no-seccomp', 'do not filter system calls')
      .option('--no-confine', 'keep all rights, for debugging')
      .action((name: string, options: UpOptions, self: Command) =>
        options.daemon === true ? startDaemon(self) : openAndRun(name, options, context),
      );
    addLogOptions(command);
    addObservationOptions(command);
  },
};

async function openAndRun(name: string, options: UpOptions, context: CliContext): Promise<void> {
  keepHeapSmall();
  const open = openLog(options, context, options.check === true);
  try {
    await runUp(name, options, context, open);
  } catch (error) {
    throw complaintFor(error, open, context);
  } finally {
    open.log.close();
  }
}

async function runUp(name: string, options: UpOptions, context: CliContext, open: OpenLog): Promise<void> {
  const { log } = open;
  const confinement = confinementOf(options, (warning) => log.warn(warning));
  const file = await readConfigFile(name);
  const config = readConfig(file, open, options);
  if (options.check === true) {
    await checkFiles(config, (warning) => log.warn(warning));
    return;
  }
  requirePrivileges();
  const background = Background.find(options.logFile);
  const observation = await Observation.start(options, file.interfaceName, log);
  const termination = new TerminationSignals();
  const reloading = new ReloadSignal(log);
  const { environment } = context;
  const service = ServiceManager.find({ environment, onWarning: (warning) => log.warn(warning) });
  try {
    await runTunnel(config, {
      name: file.interfaceName,
      runtimeDirectory: runtimeDirectory(environment),
      signal: termination.signal,
      resolve: {
        retries: retriesFromEnvironment(environment.WG_ENDPOINT_RESOLUTION_RETRIES),
        onRetry: (host, reason, wait) => {
          log.warn(`"${host}" cannot be resolved (${reason}), trying again in ${Math.round(wait / 1000)} s`);
          tellResolving(service, host, wait);
        },
      },
      reread: (again) => readConfig(again, open, options),
      ...(confinement === undefined ? {} : { confinement }),
      listener: observation.before(tellService(logListener(log, file, reloading, background), service)),
      uapi: UAPI_PLACES[options.uapi],
      engine: {
        ...engineOptions(options),
        ...observation.engine,
        carrierMemory: carrierMemoryPath(context.environment, file.interfaceName),
      },
    });
    if (termination.crash !== undefined) throw termination.crash;
    log.info('stopped');
  } finally {
    await observation.close();
    service?.close();
    reloading.release();
    termination.release();
  }
}

function readConfig(file: ConfigFile, { log, redaction }: OpenLog, { hooks }: UpOptions): TunnelConfig {
  const config = parseConfig(file.text, file.path);
  protectConfig(redaction, config);
  for (const warning of [...file.warnings, ...config.warnings.map((each) => each.message)]) log.warn(warning);
  return applyHookPolicy(config, file, hooks);
}

function engineOptions({ kernel, workers }: UpOptions): NonNullable<RunOptions['engine']> {
  return { workers, ...(kernel === undefined ? {} : { kernel }) };
}

function parseWorkers(text: string): WorkerCount {
  if (text === 'auto') return text;
  if (/^[0-9]{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_WORKERS) return Number(text);
  throw new InvalidArgumentError(`It is not "auto" or a whole number from 1 to ${MAX_WORKERS}.`);
}

function logListener(log: Logger, file: ConfigFile, reloading: ReloadSignal, background?: Background): RunListener {
  return {
    onUp: (device, reload) => {
      describeDevice(log, device, file);
      reloading.serve(reload);
      background?.leaveTerminal();
    },
    onNotice: (notice) => log.info(notice),
    onStopping: (reason) => log.info(`stopping: ${reason}`),
    onWarning: (warning) => log.warn(warning),
    onEvent: (event, publicKey) => {
      const { level, text } = eventLine(event, peerName(publicKey));
      log[level](text);
    },
    onCarrierEvent: (event, publicKey) => {
      const { level, text } = carrierLine(event, peerName(publicKey));
      log[level](text);
    },
  };
}

/** What is in use, since every capability has a fallback and the difference is speed. */
function describeDevice(log: Logger, device: Device, file: ConfigFile): void {
  const { name, mtu, listenPort, fwmark, kernel, workers, interfaceCapabilities, socketCapabilities } = device.info;
  log.info(`interface ${name}: MTU ${mtu}, ${interfaceCapabilities}`);
  log.info(`UDP port ${listenPort}${fwmark === 0 ? '' : `, mark 0x${fwmark.toString(16)}`}; ${socketCapabilities}`);
  for (const listener of reportOf(device.snapshot()).listeners)
    log.info(`accepting ${listener.kind} at ${listener.address}`);
  log.info(`encryption: ${kernel}; ${workers === 1 ? 'one worker' : `${workers} workers`}`);
  log.info(`tunnel "${name}" is up (${file.path})`);
}
