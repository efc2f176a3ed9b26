/** UDP packets per second that a tunnel carries without loss. */

import { askProgram, programPath } from '../../support/child-program.ts';
import type { Scope } from '../../support/scope.ts';
import type { TunnelEnd } from '../../support/tunnel-pair.ts';
import { waitFor } from '../../support/wait.ts';
import type { UdpRateOrder, UdpRateReport } from './udp-rate-order.ts';

const PROGRAM = programPath('udp-rate-program', import.meta.url);
const PORT = 5301;
const TRIAL_MS = 400;

/** Inner packets of `packetBytes` from one end to the other, at growing and then bisected rates. */
export async function udpRate(scope: Scope, from: TunnelEnd, to: TunnelEnd, packetBytes: number): Promise<number> {
  const listen: UdpRateOrder = { role: 'receive', port: PORT };
  const receiver = to.host.namespace.spawn(process.execPath, [PROGRAM, JSON.stringify(listen)], {}, scope);
  await waitFor('the receiver of UDP packets', () => receiver.output.includes('listening'), {
    explain: () => receiver.output,
  });
  const order: UdpRateOrder = {
    role: 'send',
    target: to.inner[4],
    port: PORT,
    packetBytes,
    trialMilliseconds: TRIAL_MS,
  };
  const report = await askProgram<UdpRateReport>(PROGRAM, order, { namespace: from.host.namespace });
  await receiver.stop('SIGKILL');
  return report.packetsPerSecond;
}
