/**
 * Interfaces, addresses, routes and rules: what turns a TUN device into a way out. Configuration
 * only; no packet passes here. Every method is synchronous and throws NetlinkError, which says what
 * was attempted and what the kernel answered.
 */
import type { Prefix } from '../../../protocol/engine-port.ts';
import { ERRNO } from '../../ffi/errno.ts';
import type { Syscalls } from '../../ffi/syscalls.ts';
import { addressListRequest, addressRequest, decodeAddress } from './addresses.ts';
import { NLM_F, RT_TABLE, RTM } from './constants.ts';
import type { LinkChange, LinkDetails } from './links.ts';
import {
  decodeLink,
  linkByIndexRequest,
  linkByNameRequest,
  linkChangeRequest,
  linkDeletionRequest,
  linkListRequest,
  vethRequest,
} from './links.ts';
import { NetlinkError } from './netlink-error.ts';
import { NetlinkSocket } from './netlink-socket.ts';
import type { ChosenRoute, ListedRoute, Route } from './routes.ts';
import { decodeChosenRoute, decodeRoute, routeListRequest, routeLookupRequest, routeRequest } from './routes.ts';
import type { Rule } from './rules.ts';
import { decodeRule, ruleListRequest, ruleRequest } from './rules.ts';

/** Adding what is there already is an error: it belongs to someone else. */
const CREATE_NEW = NLM_F.CREATE | NLM_F.EXCLUSIVE;

export class RouteNetlink {
  readonly #socket: NetlinkSocket;

  /** Works in the network namespace that the calling thread is in now. */
  constructor(syscalls?: Syscalls) {
    this.#socket = new NetlinkSocket(syscalls);
  }

  /** Throws ENODEV where there is no such interface. */
  linkIndex(name: string): number {
    return decodeLink(this.#socket.get(linkByNameRequest(name))).index;
  }

  /** By name or index; throws ENODEV where there is no such interface. */
  linkDetails(link: string | number): LinkDetails {
    const request = typeof link === 'string' ? linkByNameRequest(link) : linkByIndexRequest(link);
    return decodeLink(this.#socket.get(request));
  }

  /** By name, or undefined where there is no such interface. */
  findLink(name: string): LinkDetails | undefined {
    try {
      return this.linkDetails(name);
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === ERRNO.ENODEV) return undefined;
      throw error;
    }
  }

  listLinks(): LinkDetails[] {
    return this.#socket.dump(linkListRequest()).map(decodeLink);
  }

  setLink(index: number, change: LinkChange): void {
    this.#socket.change(linkChangeRequest(index, change));
  }

  /** A pair of interfaces of which each receives what the other sends; the peer may begin in another namespace. */
  createVeth(name: string, peerName: string, peer: number | LinkChange = {}): void {
    const placement = typeof peer === 'number' ? { namespacePid: peer } : peer;
    this.#socket.change(vethRequest(name, peerName, placement), CREATE_NEW);
  }

  deleteLink(index: number): void {
    this.#socket.change(linkDeletionRequest(index));
  }

  /** Keeps the host bits: `10.0.0.2/24` is an address inside of a network. */
  addAddress(index: number, prefix: Prefix): void {
    this.#socket.change(addressRequest(RTM.NEWADDR, index, prefix), CREATE_NEW);
  }

  deleteAddress(index: number, prefix: Prefix): void {
    this.#socket.change(addressRequest(RTM.DELADDR, index, prefix));
  }

  listAddresses(index: number): Prefix[] {
    return this.#socket
      .dump(addressListRequest(index))
      .map(decodeAddress)
      .filter(({ interfaceIndex }) => interfaceIndex === index)
      .map(({ prefix }) => prefix);
  }

  /** The host bits of the prefix must be zero. */
  addRoute(route: Route): void {
    this.#socket.change(routeRequest(RTM.NEWROUTE, route), CREATE_NEW);
  }

  deleteRoute(route: Route): void {
    this.#socket.change(routeRequest(RTM.DELROUTE, route));
  }

  /** How a packet with this mark would reach the address now; undefined where there is no way. */
  chosenRoute(address: Uint8Array, mark = 0, scopeId = 0): ChosenRoute | undefined {
    try {
      return decodeChosenRoute(this.#socket.get(routeLookupRequest(address, mark, scopeId)));
    } catch (error) {
      if (error instanceof NetlinkError) return undefined;
      throw error;
    }
  }

  /** Of both families. */
  listRoutes(table: number = RT_TABLE.MAIN): ListedRoute[] {
    return ([4, 6] as const)
      .flatMap((family) => this.#dumpIfKnown(() => this.#socket.dump(routeListRequest(family, table))))
      .map(decodeRoute)
      .filter((route) => route.table === table);
  }

  /** A rule that equals an existing one in everything is refused with EEXIST. */
  addRule(rule: Rule): void {
    this.#socket.change(ruleRequest(RTM.NEWRULE, rule), CREATE_NEW);
  }

  deleteRule(rule: Rule): void {
    this.#socket.change(ruleRequest(RTM.DELRULE, rule));
  }

  /** Of both families, or of one. */
  listRules(family?: 4 | 6): Rule[] {
    const families = family === undefined ? ([4, 6] as const) : [family];
    return families
      .flatMap((each) => this.#dumpIfKnown(() => this.#socket.dump(ruleListRequest(each))))
      .map(decodeRule);
  }

  close(): void {
    this.#socket.close();
  }

  /** A table that nobody has put anything into, or a family that this kernel lacks, has no entries. */
  #dumpIfKnown<Entry>(dump: () => Entry[]): Entry[] {
    try {
      return dump();
    } catch (error) {
      const unknown =
        error instanceof NetlinkError && (error.errno === ERRNO.ENOENT || error.errno === ERRNO.EOPNOTSUPP);
      if (unknown || (error instanceof NetlinkError && error.errno === ERRNO.EAFNOSUPPORT)) return [];
      throw error;
    }
  }
}
