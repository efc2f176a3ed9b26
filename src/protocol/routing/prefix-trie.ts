/**
 * Longest-prefix match over addresses of one family: a binary trie with path compression, as in every
 * WireGuard implementation. It is asked twice per packet at most, so it lives in flat typed arrays,
 * and a lookup follows indices and allocates nothing.
 *
 * Each node stands for a prefix, and everything below it lies within that prefix:
 *
 *     10.0.0.0/8 -> peer 1 ─┬─0─ 10.1.0.0/16 -> peer 2
 *                           └─1─ 10.128.0.0/9 (no owner, a branch) ─┬─0─ 10.192.0.0/16 -> peer 1
 *                                                                   └─1─ ...
 *
 * Prefixes of full length are in a hash table too, which is asked first (`host-index.ts`).
 *
 * A node without an owner exists only where two subtrees part, so there are fewer than two nodes per
 * stored prefix, and no path is longer than the address has bits. BOUNDED: by the prefixes stored,
 * which come from configuration only.
 */
import type { AddressWords } from './address-words.ts';
import { NONE } from './address-words.ts';
import { HostIndex } from './host-index.ts';

const INITIAL_NODES = 16;

export class PrefixTrie {
  /** Words in an address: 1 (IPv4) or 4 (IPv6). */
  readonly #words: number;
  readonly #bits: number;
  /** Where `longestMatch` finds its address; written by the caller, so that a lookup passes no array. */
  readonly query: AddressWords;

  // One entry per node, `#words` of `#address`, two of `#children`.
  #address: Uint32Array;
  #length = new Uint8Array(INITIAL_NODES);
  #owner = new Int32Array(INITIAL_NODES);
  #parent = new Int32Array(INITIAL_NODES);
  #children = new Int32Array(2 * INITIAL_NODES);
  // A doubly linked list through the nodes of each owner, newest first.
  #older = new Int32Array(INITIAL_NODES);
  #newer = new Int32Array(INITIAL_NODES);

  #root = NONE;
  /** Nodes ever used; those given back are chained through `#parent`. */
  #used = 0;
  #free = NONE;
  #nodes = 0;
  /** Newest node of each owner. BOUNDED by the nodes. */
  readonly #newestOf = new Map<number, number>();
  /** Owners of prefixes of full length. */
  readonly #hosts: HostIndex;

  constructor(words: 1 | 4) {
    this.#words = words;
    this.#bits = 32 * words;
    this.query = new Uint32Array(words);
    this.#hosts = new HostIndex(words);
    this.#address = new Uint32Array(words * INITIAL_NODES);
  }

  /** Nodes in use: less than two for each prefix. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Owner of the longest prefix that contains `query`, or NONE. */
  longestMatch(): number {
    const host = this.#hosts.find(this.query);
    if (host !== NONE) return host;
    let owner = NONE;
    let node = this.#root;
    while (node !== NONE) {
      const length = this.#length[node];
      if (this.#commonBits(node, this.query) < length) break;
      if (this.#owner[node] !== NONE) owner = this.#owner[node];
      if (length === this.#bits) break;
      node = this.#children[2 * node + bitAt(this.query, length)];
    }
    return owner;
  }

  /** Gives the prefix to `owner`, whoever had it before. Bits beyond `length` must be zero. */
  insert(address: AddressWords, length: number, owner: number): void {
    const node = this.#nodeFor(address, length);
    this.#disown(node);
    this.#own(node, owner);
  }

  /** Takes exactly this prefix from `owner`; false when `owner` does not have it. */
  remove(address: AddressWords, length: number, owner: number): boolean {
    const node = this.#find(address, length);
    if (node === NONE || this.#owner[node] !== owner) return false;
    this.#removeNode(node);
    return true;
  }

  removeOwner(owner: number): void {
    for (;;) {
      const node = this.#newestOf.get(owner);
      if (node === undefined) return;
      this.#removeNode(node);
    }
  }

  /** Calls `visit` with each prefix of the owner, newest first; the array is shared between calls. */
  forEachOf(owner: number, visit: (address: AddressWords, length: number) => void): void {
    for (let node = this.#newestOf.get(owner) ?? NONE; node !== NONE; node = this.#older[node]) {
      visit(this.#addressOf(node), this.#length[node]);
    }
  }

  #find(address: AddressWords, length: number): number {
    let node = this.#root;
    while (node !== NONE && this.#length[node] < length && this.#commonBits(node, address) >= this.#length[node]) {
      node = this.#children[2 * node + bitAt(address, this.#length[node])];
    }
    return node !== NONE && this.#length[node] === length && this.#commonBits(node, address) >= length ? node : NONE;
  }

  /** The node of this prefix, made if need be. */
  #nodeFor(address: AddressWords, length: number): number {
    let parent = NONE;
    let node = this.#root;
    while (node !== NONE) {
      const nodeLength = this.#length[node];
      const common = Math.min(this.#commonBits(node, address), length);
      if (common < nodeLength) return this.#insertAbove(node, parent, common, address, length);
      if (length === nodeLength) return node;
      parent = node;
      node = this.#children[2 * node + bitAt(address, nodeLength)];
    }
    const leaf = this.#allocate(address, length);
    this.#attach(parent, leaf);
    return leaf;
  }

  /**
   * Between `parent` and `node`, which parts from the new prefix after `common` bits: either the new
   * prefix contains `node`, or both go below a branch.
   */
  #insertAbove(node: number, parent: number, common: number, address: AddressWords, length: number): number {
    const created = this.#allocate(address, length);
    const upper = common === length ? created : this.#allocate(masked(address, common), common);
    this.#attach(parent, upper);
    this.#attach(upper, node);
    if (upper !== created) this.#attach(upper, created);
    return created;
  }

  /** Hangs `node` below `parent`, on the side that its address says. */
  #attach(parent: number, node: number): void {
    this.#parent[node] = parent;
    if (parent === NONE) this.#root = node;
    else this.#children[2 * parent + bitAt(this.#addressOf(node), this.#length[parent])] = node;
  }

  /** Takes the owner off a node, and the node out of the trie unless subtrees part there. */
  #removeNode(node: number): void {
    this.#disown(node);
    const parent = this.#parent[node];
    if (!this.#splice(node)) return;
    if (parent !== NONE && this.#owner[parent] === NONE) this.#splice(parent);
  }

  /** Replaces a node by its only child, or by nothing; false when it has two. */
  #splice(node: number): boolean {
    const left = this.#children[2 * node];
    const right = this.#children[2 * node + 1];
    if (left !== NONE && right !== NONE) return false;
    const child = left === NONE ? right : left;
    const parent = this.#parent[node];
    if (child !== NONE) this.#parent[child] = parent;
    if (parent === NONE) this.#root = child;
    else this.#children[2 * parent + (this.#children[2 * parent] === node ? 0 : 1)] = child;
    this.#parent[node] = this.#free;
    this.#free = node;
    this.#nodes -= 1;
    return true;
  }

  #own(node: number, owner: number): void {
    const newest = this.#newestOf.get(owner) ?? NONE;
    this.#owner[node] = owner;
    this.#older[node] = newest;
    this.#newer[node] = NONE;
    if (newest !== NONE) this.#newer[newest] = node;
    this.#newestOf.set(owner, node);
    if (this.#length[node] === this.#bits) this.#hosts.set(this.#addressOf(node), owner);
  }

  #disown(node: number): void {
    const owner = this.#owner[node];
    if (owner === NONE) return;
    const older = this.#older[node];
    const newer = this.#newer[node];
    if (older !== NONE) this.#newer[older] = newer;
    if (newer !== NONE) this.#older[newer] = older;
    else if (older !== NONE) this.#newestOf.set(owner, older);
    else this.#newestOf.delete(owner);
    this.#owner[node] = NONE;
    if (this.#length[node] === this.#bits) this.#hosts.delete(this.#addressOf(node));
  }

  #allocate(address: AddressWords, length: number): number {
    const node = this.#takeFree();
    this.#nodes += 1;
    this.#address.set(address, node * this.#words);
    this.#length[node] = length;
    this.#owner[node] = NONE;
    this.#children[2 * node] = NONE;
    this.#children[2 * node + 1] = NONE;
    return node;
  }

  #takeFree(): number {
    const node = this.#free;
    if (node !== NONE) {
      this.#free = this.#parent[node];
      return node;
    }
    if (this.#used === this.#length.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  #grow(): void {
    const nodes = 2 * this.#length.length;
    this.#address = enlarged(this.#address, new Uint32Array(this.#words * nodes));
    this.#length = enlarged(this.#length, new Uint8Array(nodes));
    this.#owner = enlarged(this.#owner, new Int32Array(nodes));
    this.#parent = enlarged(this.#parent, new Int32Array(nodes));
    this.#children = enlarged(this.#children, new Int32Array(2 * nodes));
    this.#older = enlarged(this.#older, new Int32Array(nodes));
    this.#newer = enlarged(this.#newer, new Int32Array(nodes));
  }

  #addressOf(node: number): AddressWords {
    return this.#address.subarray(node * this.#words, (node + 1) * this.#words);
  }

  /** How many leading bits a node's address and another have in common. */
  #commonBits(node: number, address: AddressWords): number {
    const first = node * this.#words;
    for (let word = 0; word < this.#words; word += 1) {
      const difference = this.#address[first + word] ^ address[word];
      if (difference !== 0) return 32 * word + Math.clz32(difference);
    }
    return this.#bits;
  }
}

/** Bit `index` of an address, counted from the most significant. */
function bitAt(address: AddressWords, index: number): number {
  return (address[index >>> 5] >>> (31 - (index & 31))) & 1;
}

/** The address with all bits from `length` on cleared. */
function masked(address: AddressWords, length: number): AddressWords {
  return address.map((word, index) => {
    const kept = length - 32 * index;
    if (kept >= 32) return word;
    return kept <= 0 ? 0 : word & (-1 << (32 - kept));
  });
}

function enlarged<T extends Uint8Array | Uint32Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
