/**
 * The lines behind one `public_key` of a `set` operation. They count in the order in which they come, while
 * a PeerChange has an order of its own (all go, some go, some come), so that a section may become several
 * changes, one after the other.
 */
import type { PeerChange } from '../../device/live/device-change.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import { quote } from '../../protocol/quote.ts';
import type { Range } from '../../protocol/range.ts';
import { expect, parseEndpoint, parseKey, parsePrefix, parseRangeText } from './set-values.ts';
import { UapiError } from './uapi-error.ts';

type Draft = { -readonly [Key in keyof PeerChange]: PeerChange[Key] } & {
  addAllowedIps: Prefix[];
  removeAllowedIps: Prefix[];
};

export class PeerSection {
  readonly #publicKey: Uint8Array;
  /** At least one. BOUNDED by the lines of the operation. */
  readonly #drafts: Draft[];
  /** Removed: what follows is read, and counts no more. */
  #isOver = false;

  constructor(publicKey: Uint8Array) {
    this.#publicKey = publicKey;
    this.#drafts = [newDraft(publicKey)];
  }

  /** @throws UapiError */
  line(key: string, value: string): void {
    const read = LINES.get(key);
    if (read === undefined) throw new UapiError('invalid', `${quote(key)}: is no key of a peer`);
    const step = read(key, value);
    if (!this.#isOver) step(this);
  }

  get changes(): readonly PeerChange[] {
    return this.#drafts;
  }

  remove(): void {
    // Prefixes that it had taken from others are gone with it.
    if (this.#latest.addAllowedIps.length > 0) this.#beginAnother();
    this.#latest.remove = true;
    this.#isOver = true;
  }

  /** Of the whole section, wherever in it that is said. */
  updateOnly(): void {
    for (const draft of this.#drafts) draft.updateOnly = true;
  }

  set(changes: Partial<Pick<PeerChange, 'presharedKey' | 'endpoint' | 'persistentKeepalive'>>): void {
    Object.assign(this.#latest, changes);
  }

  replaceAllowedIps(): void {
    const { addAllowedIps, removeAllowedIps } = this.#latest;
    if (addAllowedIps.length > 0 || removeAllowedIps.length > 0) this.#beginAnother();
    this.#latest.replaceAllowedIps = true;
  }

  addAllowedIp(prefix: Prefix): void {
    this.#latest.addAllowedIps.push(prefix);
  }

  removeAllowedIp(prefix: Prefix): void {
    if (this.#latest.addAllowedIps.length > 0) this.#beginAnother();
    this.#latest.removeAllowedIps.push(prefix);
  }

  get #latest(): Draft {
    return this.#drafts.at(-1) as Draft;
  }

  #beginAnother(): void {
    const { updateOnly } = this.#latest;
    this.#drafts.push({ ...newDraft(this.#publicKey), ...(updateOnly && { updateOnly }) });
  }
}

function newDraft(publicKey: Uint8Array): Draft {
  return { publicKey, addAllowedIps: [], removeAllowedIps: [] };
}

/** Reads the value, and says what it does. */
type Line = (key: string, value: string) => (section: PeerSection) => void;

function onlyTrue(step: (section: PeerSection) => void): Line {
  return (key, value) => {
    expect(key, value, 'true');
    return step;
  };
}

function setting<Value>(
  parse: (key: string, value: string) => Value,
  name: 'presharedKey' | 'endpoint' | 'persistentKeepalive',
): Line {
  return (key, value) => {
    const parsed: Value = parse(key, value);
    return (section) => section.set({ [name]: parsed });
  };
}

const LINES: ReadonlyMap<string, Line> = new Map<string, Line>([
  ['update_only', onlyTrue((section) => section.updateOnly())],
  ['remove', onlyTrue((section) => section.remove())],
  ['preshared_key', setting<Uint8Array>(parseKey, 'presharedKey')],
  ['endpoint', setting<Endpoint>(parseEndpoint, 'endpoint')],
  ['persistent_keepalive_interval', setting<Range>(parseRangeText, 'persistentKeepalive')],
  ['replace_allowed_ips', onlyTrue((section) => section.replaceAllowedIps())],
  ['allowed_ip', allowedIp],
  ['protocol_version', protocolVersion],
]);

function allowedIp(key: string, value: string): (section: PeerSection) => void {
  const isRemoval = value.startsWith('-');
  const prefix = parsePrefix(key, isRemoval ? value.slice(1) : value);
  return (section) => (isRemoval ? section.removeAllowedIp(prefix) : section.addAllowedIp(prefix));
}

function protocolVersion(key: string, value: string): () => void {
  expect(key, value, '1');
  return () => undefined;
}
