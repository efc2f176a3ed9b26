/**
 * What the system knows about the tunnel's interface: addresses, MTU, routes, and rules where a default
 * route leads into it. It is told what there shall be, when the tunnel comes up and whenever its
 * configuration changes, and does what is missing for that; a failure undoes what was done on the way.
 */
import { formatPrefix } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { NetworkControl } from '../device-platform.ts';
import type { EffectJournal } from '../lasting-effect.ts';
import { addDefaultRoute, enableSourceValidMark } from '../policy-routing.ts';
import type { AddressFamily, PlannedRoute, RoutingPlan } from '../routing-plan.ts';
import { familyOf } from '../routing-plan.ts';
import { UndoStack } from '../undo-stack.ts';

export interface NetworkPlan extends RoutingPlan {
  /** Of the interface, host bits kept. */
  readonly addresses: readonly Prefix[];
  /** Bytes. */
  readonly mtu: number;
  /** Number of the table with the default route, and mark of our own datagrams; meaningful where there is one. */
  readonly table: number;
}

export interface DeviceNetworkOptions {
  readonly control: NetworkControl;
  readonly interfaceIndex: number;
  /** That the interface was made with. */
  readonly mtu: number;
  readonly journal: EffectJournal;
  readonly onWarning: (warning: string) => void;
}

/** A default route in use, with what outlives the process if it is not undone. */
interface DefaultRouteInUse {
  readonly table: number;
  readonly lasting: UndoStack;
}

export class DeviceNetwork {
  readonly #options: DeviceNetworkOptions;
  /** BOUNDED: two. */
  readonly #defaults = new Map<AddressFamily, DefaultRouteInUse>();
  /** The kernel's setting that marked answers need; undone when no IPv4 default route is left. */
  readonly #markSetting = new UndoStack();
  #isMarkSettingMade = false;
  #current: NetworkPlan;
  #isUp = false;

  constructor(options: DeviceNetworkOptions) {
    this.#options = options;
    this.#current = { addresses: [], mtu: options.mtu, routes: [], defaultFamilies: [], table: 0 };
  }

  /** Bytes. */
  get mtu(): number {
    return this.#current.mtu;
  }

  /** Somebody else has set it. */
  set mtu(mtu: number) {
    this.#current = { ...this.#current, mtu };
  }

  /** What there is. */
  get plan(): NetworkPlan {
    return this.#current;
  }

  /** Whether a default route leads into the tunnel, and with it a mark is needed. */
  get hasDefaultRoute(): boolean {
    return this.#defaults.size > 0;
  }

  /**
   * New things come before old ones go, so that no packet finds neither.
   *
   * @throws the error of the step that failed; then everything is as it was, as far as the system allows
   */
  async apply(given: NetworkPlan): Promise<void> {
    const wanted = this.#possible(given);
    const undo = new UndoStack();
    try {
      this.#addMissing(wanted, undo);
      await this.#moveDefaultRoutes(wanted, undo);
      this.#removeSuperfluous(wanted, undo);
    } catch (error) {
      await undo.unwind();
      await this.#dropMarkSetting();
      throw error;
    }
    this.#current = wanted;
    await this.#dropMarkSetting();
  }

  /**
   * Somebody has set the interface down and up again, which takes its routes away, and its addresses of IPv6:
   * puts back what is missing.
   */
  repair(): void {
    const { control, interfaceIndex } = this.#options;
    this.#restore(this.#current);
    for (const [family, { table }] of this.#defaults) {
      const prefix = defaultPrefix(family);
      const present = control.listRoutes(table).filter((route) => route.interfaceIndex === interfaceIndex);
      const isThere = present.some((route) => routeText(route) === routeText({ prefix, table }));
      if (!isThere) control.addRoute({ prefix, interfaceIndex, table });
    }
  }

  /** Takes back what would not vanish with the interface. Throws AggregateError of what could not be. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const { lasting } of [...this.#defaults.values()].toReversed()) failures.push(...(await lasting.unwind()));
    this.#defaults.clear();
    failures.push(...(await this.#markSetting.unwind()));
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  /** A machine that has no IPv6 cannot send any past the tunnel either, so leaving it out loses nothing. */
  #possible(plan: NetworkPlan): NetworkPlan {
    const { control, onWarning } = this.#options;
    if (control.hasIpv6()) return plan;
    const prefixes = [...plan.addresses, ...plan.routes.map((route) => route.prefix)];
    const isWanted = plan.defaultFamilies.includes(6) || prefixes.some((prefix) => familyOf(prefix) === 6);
    if (isWanted) onWarning('IPv6 is switched off on this machine; its addresses and routes are left out');
    return {
      ...plan,
      addresses: plan.addresses.filter((prefix) => familyOf(prefix) === 4),
      routes: plan.routes.filter(({ prefix }) => familyOf(prefix) === 4),
      defaultFamilies: plan.defaultFamilies.filter((family) => family === 4),
    };
  }

  #addMissing(wanted: NetworkPlan, undo: UndoStack): void {
    const { control, interfaceIndex } = this.#options;
    for (const address of missing(this.#current.addresses, wanted.addresses, formatPrefix)) {
      control.addAddress(interfaceIndex, address);
      undo.push(() => control.deleteAddress(interfaceIndex, address));
    }
    this.#changeMtu(wanted.mtu, undo);
    if (!this.#isUp) control.setLink(interfaceIndex, { up: true });
    this.#isUp = true;
    for (const route of missing(this.#current.routes, wanted.routes, routeText)) {
      control.addRoute({ ...route, interfaceIndex });
      undo.push(() => control.deleteRoute({ ...route, interfaceIndex }));
    }
  }

  #changeMtu(mtu: number, undo: UndoStack): void {
    const { control, interfaceIndex } = this.#options;
    const previous = this.#current.mtu;
    if (mtu === previous) return;
    control.setLink(interfaceIndex, { mtu });
    undo.push(() => control.setLink(interfaceIndex, { mtu: previous }));
  }

  /** Between the two steps a datagram of ours may go round once more; without the second table it would leak. */
  async #moveDefaultRoutes(wanted: NetworkPlan, undo: UndoStack): Promise<void> {
    const former = new Map(this.#defaults);
    for (const family of wanted.defaultFamilies) {
      if (this.#defaults.get(family)?.table !== wanted.table) this.#addDefaultRoute(family, wanted.table, former, undo);
    }
    for (const [family, inUse] of former) {
      const isSame = this.#defaults.get(family) === inUse;
      if (isSame && wanted.defaultFamilies.includes(family)) continue;
      if (isSame) this.#defaults.delete(family);
      await this.#removeDefaultRoute(family, inUse, undo);
    }
  }

  #addDefaultRoute(
    family: AddressFamily,
    table: number,
    former: ReadonlyMap<AddressFamily, DefaultRouteInUse>,
    undo: UndoStack,
  ): void {
    const { control, interfaceIndex, journal } = this.#options;
    const lasting = new UndoStack();
    const previous = former.get(family);
    undo.push(async () => {
      if (previous === undefined) this.#defaults.delete(family);
      else this.#defaults.set(family, previous);
      await lasting.unwind();
      control.deleteRoute({ prefix: defaultPrefix(family), interfaceIndex, table });
    });
    if (family === 4) this.#makeMarkSetting();
    addDefaultRoute(control, { family, interfaceIndex, table }, journal, lasting);
    this.#defaults.set(family, { table, lasting });
  }

  async #removeDefaultRoute(
    family: AddressFamily,
    { table, lasting }: DefaultRouteInUse,
    undo: UndoStack,
  ): Promise<void> {
    const { control, interfaceIndex, journal } = this.#options;
    const failures = await lasting.unwind();
    undo.push(() => {
      const again = new UndoStack();
      addDefaultRoute(control, { family, interfaceIndex, table }, journal, again);
      this.#defaults.set(family, { table, lasting: again });
    });
    if (failures.length > 0) throw failures[0];
    control.deleteRoute({ prefix: defaultPrefix(family), interfaceIndex, table });
  }

  #makeMarkSetting(): void {
    if (this.#isMarkSettingMade) return;
    this.#isMarkSettingMade = true;
    const { control, journal, onWarning } = this.#options;
    const warning = enableSourceValidMark(control, journal, this.#markSetting);
    if (warning !== undefined) onWarning(warning);
  }

  async #dropMarkSetting(): Promise<void> {
    if (this.#defaults.has(4)) return;
    this.#isMarkSettingMade = false;
    const failures = await this.#markSetting.unwind();
    for (const failure of failures)
      this.#options.onWarning(`a setting of the kernel stays changed: ${textOf(failure)}`);
  }

  #removeSuperfluous(wanted: NetworkPlan, undo: UndoStack): void {
    const { control, interfaceIndex } = this.#options;
    for (const route of missing(wanted.routes, this.#current.routes, routeText)) {
      control.deleteRoute({ ...route, interfaceIndex });
      undo.push(() => control.addRoute({ ...route, interfaceIndex }));
    }
    const superfluous = missing(wanted.addresses, this.#current.addresses, formatPrefix);
    for (const address of superfluous) {
      control.deleteAddress(interfaceIndex, address);
      undo.push(() => control.addAddress(interfaceIndex, address));
    }
    if (superfluous.length > 0) this.#restore(wanted);
  }

  /** With an address the kernel removes those that came later in its network, and with the last one of a family its routes. */
  #restore(wanted: NetworkPlan): void {
    const { control, interfaceIndex } = this.#options;
    for (const address of missing(control.listAddresses(interfaceIndex), wanted.addresses, formatPrefix)) {
      control.addAddress(interfaceIndex, address);
    }
    for (const table of new Set(wanted.routes.map((route) => route.table))) {
      const present = control.listRoutes(table).filter((route) => route.interfaceIndex === interfaceIndex);
      const planned = wanted.routes.filter((route) => route.table === table);
      for (const route of missing(present, planned, routeText)) control.addRoute({ ...route, interfaceIndex });
    }
  }
}

/** Which of `wanted` are not in `present`. */
function missing<Item>(present: readonly Item[], wanted: readonly Item[], text: (item: Item) => string): Item[] {
  const known = new Set(present.map(text));
  return wanted.filter((item) => !known.has(text(item)));
}

function routeText({ prefix, table }: PlannedRoute): string {
  return `${formatPrefix(prefix)} ${table}`;
}

function defaultPrefix(family: AddressFamily): Prefix {
  return { address: new Uint8Array(family === 4 ? 4 : 16), length: 0 };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
