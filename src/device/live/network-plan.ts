/** What settings ask of the system, decided before anything is changed. */
import type { NetworkControl } from '../device-platform.ts';
import type { DeviceSettings } from '../device-settings.ts';
import { fittingMtu } from '../mtu.ts';
import { freeTable } from '../policy-routing.ts';
import { planRoutes } from '../routing-plan.ts';
import type { NetworkPlan } from './device-network.ts';

/**
 * @param usedTable table that a default route of ours is in already, 0 for none
 * @param interfaceIndex of the tunnel, once it is there
 */
export function planNetwork(
  settings: DeviceSettings,
  control: NetworkControl,
  usedTable: number,
  interfaceIndex?: number,
): NetworkPlan {
  const { table, addresses, fwmark } = settings;
  const allowedIps = settings.peers.flatMap((peer) => peer.allowedIps);
  const plan = planRoutes(table, allowedIps, addresses);
  const mtu = settings.mtu ?? fittingMtu(settings, control, interfaceIndex);
  return {
    ...plan,
    addresses,
    mtu,
    table: plan.defaultFamilies.length === 0 ? 0 : tableFor(fwmark, control, usedTable),
  };
}

/** The mark of our own datagrams names the table. */
function tableFor(fwmark: number, control: NetworkControl, usedTable: number): number {
  if (fwmark !== 0) return fwmark;
  return usedTable === 0 ? freeTable(control) : usedTable;
}
