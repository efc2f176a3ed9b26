/** Configurations with secrets in every place that can hold one, drawn at random, and what must not be told of them. */
import fc from 'fast-check';

export interface GeneratedConfig {
  readonly text: string;
  /** Texts that appear in no log line, in any of their forms. */
  readonly secrets: readonly string[];
  /** Texts that appear in none unless endpoints are asked for. */
  readonly places: readonly string[];
}

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const octet = fc.integer({ min: 1, max: 254 });
const outer = fc.tuple(octet, octet, octet).map(([a, b, c]) => `198.${a}.${b}.${c}`);
const inner = fc.tuple(octet, octet, octet).map(([a, b, c]) => `10.${a}.${b}.${c}`);
const inner6 = fc.tuple(octet, octet).map(([a, b]) => `fd77:${(a + 4096).toString(16)}::${(b + 256).toString(16)}`);
/** Long enough that no line has one by chance. */
const header = fc.integer({ min: 100_000_000, max: 1_000_000_000 });
const signature = fc.uint8Array({ minLength: 16, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const parts = fc.record({
  keys: fc.tuple(key, key, key, key),
  headers: fc.tuple(header, header, header, header),
  signature,
  addresses: fc.tuple(outer, inner, inner, inner6),
  label: fc.stringMatching(/^[a-z]{9,12}$/),
  usesName: fc.boolean(),
});

/** Headers in steps that keep them apart. */
export const generatedConfig: fc.Arbitrary<GeneratedConfig> = parts.map((drawn) => {
  const [privateKey, publicKey, preshared, protection] = drawn.keys;
  const headers = drawn.headers.map((value, index) => `${value + index * 1_000_000_000}`);
  const [outside, own, allowed, own6] = drawn.addresses;
  const host = drawn.usesName ? `${drawn.label}.invalid` : outside;
  const text = [
    '[Interface]',
    `PrivateKey = ${privateKey.toString('base64')}`,
    `Address = ${own}/24, ${own6}/64`,
    'ListenPort = 0',
    'Jc = 3',
    'Jmin = 40',
    'Jmax = 70',
    ...headers.map((value, index) => `H${index + 1} = ${value}`),
    ...[1, 2, 3, 4].map((number) => `S${number} = ${20 + number * 7}`),
    `I1 = <b 0x${drawn.signature}>`,
    `HeaderProtectionKey = ${protection.toString('base64')}`,
    '[Peer]',
    `PublicKey = ${publicKey.toString('base64')}`,
    `PresharedKey = ${preshared.toString('base64')}`,
    `Endpoint = ${host}:51820`,
    `AllowedIPs = ${allowed}/32, fd00:aaaa::/64`,
    '',
  ].join('\n');
  const secretKeys = [privateKey, preshared, protection];
  const secrets = [...secretKeys.flatMap(formsOf), ...headers, drawn.signature, drawn.signature.slice(0, 16)];
  return { text, secrets, places: [host, own, own6, allowed] };
});

/** Beginnings, as a careless message would cut a key. */
function formsOf(secret: Buffer): string[] {
  const hex = secret.toString('hex');
  const base64 = [secret.toString('base64'), secret.toString('base64url')];
  return [...base64.map((form) => form.slice(0, 8)), hex.slice(0, 12), hex.slice(0, 12).toUpperCase()];
}

/** The same file with one thing wrong in it, somewhere: a line cut, doubled, without its sign, of a key unknown. */
export function damaged({ text }: GeneratedConfig): fc.Arbitrary<string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return fc
    .tuple(fc.nat({ max: lines.length - 1 }), fc.nat({ max: 60 }), fc.constantFrom(...DAMAGES))
    .map(([index, at, damage]) => lines.with(index, damage(lines[index] ?? '', at)).join('\n'));
}

type Damage = (line: string, at: number) => string;

const DAMAGES: readonly Damage[] = [
  (line, at) => line.slice(0, Math.max(at, 1)),
  (line) => line.replace(' = ', ' '),
  (line) => line.replace(/^(\w)/, 'X$1'),
  (line) => `${line}\n${line}`,
  (line, at) => `${line.slice(0, at)}!${line.slice(at)}`,
  (line) => `${line}0`,
  (line) => `[Peer]\n${line}`,
  (line) => line.replace(/= (.*)$/, '= $1, $1'),
];
