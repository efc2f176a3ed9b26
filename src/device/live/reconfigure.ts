/** The two ways to change a running device: by saying what shall change, and by saying how it shall be. */
import { DeviceError } from '../device-error.ts';
import type { DeviceParts } from '../device-parts.ts';
import type { DeviceSettings } from '../device-settings.ts';
import type { DeviceChange } from './device-change.ts';
import { configurationOf } from './device-configuration.ts';
import type { NetworkPlan } from './device-network.ts';
import { planNetwork } from './network-plan.ts';
import { PreparedChange } from './prepared-change.ts';
import { differenceTo } from './settings-difference.ts';

/** Routes stay as they are, but for the default route, which follows the mark. Rejects with DeviceError. */
export async function configure(change: DeviceChange, parts: DeviceParts): Promise<void> {
  const { network, state } = parts;
  const isMarkNeeded = change.fwmark === 0 && network.hasDefaultRoute;
  const fwmark = isMarkNeeded ? state.fwmark : (change.fwmark ?? state.fwmark);
  await carryOut(change, fwmark, { ...network.plan, table: fwmark }, parts);
}

/** With addresses, MTU, routes and rules. Rejects with DeviceError. */
export async function adopt(wanted: DeviceSettings, parts: DeviceParts): Promise<void> {
  const { state } = parts;
  const change = differenceTo(wanted, state.settings, configurationOf(parts));
  const plan = planOf(wanted, parts);
  const fwmark = wanted.fwmark === 0 ? plan.table : wanted.fwmark;
  await carryOut({ ...change, fwmark }, fwmark, plan, parts);
  state.settings = wanted;
}

function planOf(wanted: DeviceSettings, { control, interfaceIndex, network, state }: DeviceParts): NetworkPlan {
  const usedTable = network.hasDefaultRoute ? state.fwmark : 0;
  return refusedByNetwork(() => planNetwork(wanted, control, usedTable, interfaceIndex));
}

/** What may fail comes first; each step can be taken back until the last one. */
async function carryOut(change: DeviceChange, fwmark: number, plan: NetworkPlan, parts: DeviceParts): Promise<void> {
  const { network, filter, engine } = parts;
  const former = network.plan;
  const prepared = new PreparedChange(change, { fwmark, mtu: plan.mtu }, parts);
  try {
    await network.apply(plan);
    await followOrReturn(former, parts);
  } catch (error) {
    prepared.discard();
    throw networkError(error);
  }
  try {
    prepared.commit();
  } catch (error) {
    await network.apply(former);
    filter.follow(former);
    throw error;
  }
  if (plan.mtu !== former.mtu) engine.setMtu(plan.mtu);
}

/** The packet filter is for the addresses and routes that there are. */
async function followOrReturn(former: NetworkPlan, { network, filter }: DeviceParts): Promise<void> {
  try {
    filter.follow(network.plan);
  } catch (error) {
    await network.apply(former);
    throw error;
  }
}

function refusedByNetwork<Result>(attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    throw networkError(error);
  }
}

function networkError(error: unknown): DeviceError {
  const message = error instanceof Error ? error.message : String(error);
  return new DeviceError('network', `nothing was changed: ${message}`, { cause: error });
}
