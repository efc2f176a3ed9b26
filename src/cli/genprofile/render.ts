/** A preset for people, as lines of a configuration file, and for programs. */
import { awgEntries, commentLine, configLine } from '../../control/config/serialise.ts';
import type { Preset } from '../../control/presets/preset.ts';

/** Text that can be pasted into [Interface] as it is. */
export function renderLines(preset: Preset): string {
  const entries = awgEntries(preset.parameters);
  const shared = entries.filter((entry) => entry.mustMatch).map(configLine);
  const own = entries.filter((entry) => !entry.mustMatch).map(configLine);
  return [
    commentLine(`AmneziaWG ${preset.generation}, ${appearance(preset)}.`),
    commentLine('Paste all of this into [Interface] on both ends.'),
    ...notes(preset).map(commentLine),
    commentLine(),
    commentLine('These lines must be the same on both ends:'),
    ...shared,
    commentLine(),
    commentLine('These may differ from end to end, and may be changed later on one alone:'),
    ...own,
  ].join('');
}

/** Values as they stand in a configuration file. */
export function renderJson({ like, generation, host, port, parameters }: Preset): string {
  const entries = awgEntries(parameters);
  const report = {
    like,
    generation,
    host,
    port,
    mustMatch: entries.filter((entry) => entry.mustMatch).map((entry) => entry.key),
    parameters: Object.fromEntries(entries.map((entry) => [entry.key, entry.value])),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

const PROTOCOL_NAMES = { quic: 'QUIC', dns: 'DNS', sip: 'SIP', random: 'random datagrams' } as const;

function appearance({ like, generation, host }: Preset): string {
  if (generation === '1.0') return 'junk before each handshake';
  return `each handshake opens like ${PROTOCOL_NAMES[like]}${host === undefined ? '' : ` with ${host}`}`;
}

function notes({ like, generation, port }: Preset): string[] {
  return [
    ...(generation === '1.0' && like !== 'random'
      ? [`This generation has no signature packets (I1-I5): nothing here looks like ${PROTOCOL_NAMES[like]}.`]
      : []),
    ...(generation !== '1.0' && port !== undefined
      ? [`${PROTOCOL_NAMES[like]} looks most natural with ListenPort = ${port} on the server.`]
      : []),
    ...(generation.startsWith('3.') ? ['HeaderProtectionKey is a secret that both ends share.'] : []),
  ];
}
