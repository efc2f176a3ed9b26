/** The commands of the program, in the order in which the overview shows them. */
import { addPeer } from './add-peer/command.ts';
import { addconf } from './addconf/command.ts';
import type { CliCommand } from './command.ts';
import { completion } from './completion/command.ts';
import { convert } from './convert/command.ts';
import { demo } from './demo/command.ts';
import { doctor } from './doctor/command.ts';
import { down } from './down/command.ts';
import { exportPeer } from './export/command.ts';
import { genkey } from './genkey/command.ts';
import { genprofile } from './genprofile/command.ts';
import { genpsk } from './genpsk/command.ts';
import { init } from './init/command.ts';
import { lint } from './lint/command.ts';
import { list } from './list/command.ts';
import { pubkey } from './pubkey/command.ts';
import { qr } from './qr/command.ts';
import { reload } from './reload/command.ts';
import { removePeer } from './remove-peer/command.ts';
import { save } from './save/command.ts';
import { set } from './set/command.ts';
import { setconf } from './setconf/command.ts';
import { show } from './show/command.ts';
import { showconf } from './showconf/command.ts';
import { status } from './status/command.ts';
import { strip } from './strip/command.ts';
import { syncconf } from './syncconf/command.ts';
import { up } from './up/command.ts';

export const COMMANDS: readonly CliCommand[] = [
  up,
  down,
  reload,
  save,
  strip,
  show,
  status,
  showconf,
  set,
  setconf,
  addconf,
  syncconf,
  lint,
  doctor,
  init,
  addPeer,
  removePeer,
  list,
  exportPeer,
  genkey,
  pubkey,
  genpsk,
  genprofile,
  convert,
  qr,
  completion,
  demo,
];
