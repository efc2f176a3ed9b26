/** A cable between two namespaces whose delay and loss are chosen; see slow-cable-program.ts. */
import { fileURLToPath } from 'node:url';
import type { NetworkNamespace } from './network-namespace.ts';
import type { Scope } from './scope.ts';
import type { SlowCableOrder } from './slow-cable-program.ts';
import { waitFor } from './wait.ts';

const PROGRAM = fileURLToPath(new URL('./slow-cable-program.js', import.meta.url));

export interface SlowCable {
  /** One way, milliseconds. */
  readonly delayMs: number;
  /** Of packets, 0 to 1, each way; default 0. */
  readonly loss?: number;
}

/** Lays it from `left` to `right`; each end is a device of that name there, down and without an address. */
export async function laySlowCable(
  scope: Scope,
  device: string,
  left: NetworkNamespace,
  right: NetworkNamespace,
  { delayMs, loss = 0 }: SlowCable,
): Promise<void> {
  const far = `${device}-far`;
  const order: SlowCableOrder = { devices: [far, device], delayMs, loss };
  const program = right.spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {}, scope);
  await waitFor('the cable', () => program.output.includes('ready'), { explain: () => program.output });
  await right.ip('link', 'set', far, 'netns', left.name);
  await left.ip('link', 'set', far, 'name', device);
}
