/**
 * The moment in the life of a tunnel from which on its process is of little use to whoever takes it
 * over: everything is set up, a steward keeps the few rights that are needed now and then, and the
 * process gives its own away. See docs/threat-model.md for what holds afterwards.
 */
import type { Device } from '../../device/device.ts';
import type { PrivilegeCalls } from '../../platform/ffi/privilege-calls.ts';
import { loadPrivilegeCalls } from '../../platform/ffi/privilege-calls.ts';
import { SystemCallError } from '../../platform/ffi/system-call-error.ts';
import type { CapabilityName } from '../../platform/linux/confinement/capabilities.ts';
import { CAPABILITY, capabilityMask } from '../../platform/linux/confinement/capabilities.ts';
import type { Confinement, ThreadStep } from '../../platform/linux/confinement/confinement.ts';
import { filterSystemCalls, takeStep, verifyConfinement } from '../../platform/linux/confinement/confinement.ts';
import type { ServiceUser } from '../../platform/linux/confinement/service-user.ts';
import { becomeUser } from '../../platform/linux/confinement/service-user.ts';
import { ownStatus } from '../../platform/linux/confinement/thread-status.ts';

/** What is to be given away; each part can be left out, for debugging. */
export interface ConfinementWishes {
  /** Whom to become; undefined: stay who we are. */
  readonly user: ServiceUser | undefined;
  /** Whether system calls are filtered. */
  readonly filter: boolean;
  /** Paths of sockets, beside that of the control socket, that are to be removed in the end. */
  readonly sockets?: readonly string[];
}

type StreamPorts = ReadonlyArray<{ readonly port: number }>;

/** What a running tunnel needs: sockets below 1024 may have to be bound again. */
export function capabilitiesFor(listenPort: number, listeners: StreamPorts): CapabilityName[] {
  const ports = [listenPort, ...listeners.map(({ port }) => port)];
  const hasLow = ports.some((port) => port > 0 && port < 1024);
  return hasLow ? ['NET_ADMIN', 'NET_BIND_SERVICE'] : ['NET_ADMIN'];
}

/**
 * @returns one line for the log: what was given away, and what could not be
 * @throws ConfinementError when a thread kept more than was promised, SystemCallError; the caller ends the tunnel then
 */
export async function confineTunnel(
  device: Pick<Device, 'confine'>,
  capabilities: readonly CapabilityName[],
  wishes: ConfinementWishes,
  calls: PrivilegeCalls = loadPrivilegeCalls(),
): Promise<string> {
  const missing: string[] = [];
  const step = async (each: ThreadStep): Promise<void> => {
    takeStep(calls, each);
    await device.confine(each);
  };
  await step({ kind: 'keep-capabilities' });
  const user = changeUser(calls, wishes.user, missing);
  await step({ kind: 'limit-capabilities', capabilities });
  const isFiltered = wishes.filter && filterSystemCalls(calls);
  if (wishes.filter && !isFiltered)
    missing.push('system calls cannot be filtered (seccomp) in this kernel or container');
  const confinement: Confinement = { capabilities, user, isFiltered };
  verifyConfinement(confinement);
  return summarise(confinement, missing);
}

/** In a container, a user namespace, or as a service that was given few capabilities, we may have to stay who we are. */
function changeUser(calls: PrivilegeCalls, user: ServiceUser | undefined, missing: string[]): ServiceUser | undefined {
  if (user === undefined) return undefined;
  try {
    becomeUser(calls, user);
    return user;
  } catch (error) {
    // EINVAL: a user that this namespace does not have.
    if (!(error instanceof SystemCallError) || !['EPERM', 'EINVAL'].includes(error.code)) throw error;
    missing.push(error.message);
    return undefined;
  }
}

function summarise({ user, isFiltered }: Confinement, missing: readonly string[]): string {
  const { effective } = ownStatus();
  const held = (Object.keys(CAPABILITY) as CapabilityName[]).filter(
    (name) => (effective & capabilityMask([name])) !== 0n,
  );
  const parts = [
    `user ${user?.name ?? process.getuid?.()}`,
    held.length === 0 ? 'no capabilities' : held.map((name) => `CAP_${name}`).join(' and '),
    ...(isFiltered ? ['no new privileges', 'system calls filtered'] : []),
    'no core dumps',
  ];
  return `confined: ${[...parts, ...missing].join(', ')}`;
}
