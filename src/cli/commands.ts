/**
 * The commands of the program, in the order in which the overview shows them. Each is loaded when it is
 * needed: a daemon, which runs for months, has no use for the memory of the others.
 */
import type { CliCommand } from './command.ts';

const LOADERS = {
  up: async () => (await import('./up/command.ts')).up,
  down: async () => (await import('./down/command.ts')).down,
  reload: async () => (await import('./reload/command.ts')).reload,
  save: async () => (await import('./save/command.ts')).save,
  strip: async () => (await import('./strip/command.ts')).strip,
  show: async () => (await import('./show/command.ts')).show,
  status: async () => (await import('./status/command.ts')).status,
  showconf: async () => (await import('./showconf/command.ts')).showconf,
  set: async () => (await import('./set/command.ts')).set,
  setconf: async () => (await import('./setconf/command.ts')).setconf,
  addconf: async () => (await import('./addconf/command.ts')).addconf,
  syncconf: async () => (await import('./syncconf/command.ts')).syncconf,
  lint: async () => (await import('./lint/command.ts')).lint,
  doctor: async () => (await import('./doctor/command.ts')).doctor,
  init: async () => (await import('./init/command.ts')).init,
  'add-peer': async () => (await import('./add-peer/command.ts')).addPeer,
  'remove-peer': async () => (await import('./remove-peer/command.ts')).removePeer,
  list: async () => (await import('./list/command.ts')).list,
  export: async () => (await import('./export/command.ts')).exportPeer,
  genkey: async () => (await import('./genkey/command.ts')).genkey,
  pubkey: async () => (await import('./pubkey/command.ts')).pubkey,
  genpsk: async () => (await import('./genpsk/command.ts')).genpsk,
  genprofile: async () => (await import('./genprofile/command.ts')).genprofile,
  convert: async () => (await import('./convert/command.ts')).convert,
  qr: async () => (await import('./qr/command.ts')).qr,
  completion: async () => (await import('./completion/command.ts')).completion,
  demo: async () => (await import('./demo/command.ts')).demo,
} as const satisfies Record<string, () => Promise<CliCommand>>;

export type CommandName = keyof typeof LOADERS;

export const COMMAND_NAMES = Object.keys(LOADERS) as CommandName[];

export function isCommandName(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(LOADERS, word);
}

export function loadCommand(name: CommandName): Promise<CliCommand> {
  return LOADERS[name]();
}

export function loadAllCommands(): Promise<CliCommand[]> {
  return Promise.all(COMMAND_NAMES.map(loadCommand));
}
