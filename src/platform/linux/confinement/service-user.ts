/** The user that a daemon becomes when it needs to be root no longer. */
import { readFileSync } from 'node:fs';
import { NativeBuffer } from '../../ffi/native-buffer.ts';
import type { PrivilegeCalls } from '../../ffi/privilege-calls.ts';
import { SystemCallError } from '../../ffi/system-call-error.ts';
import { ConfinementError } from './confinement-error.ts';

export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whom we become where nobody is named: a user of our own if there is one, as its processes cannot harm us. */
const DEFAULT_USERS = ['awg-vpn', 'nobody'] as const;
/** (uid_t) -1 means "no change" to the kernel. */
const HIGHEST_ID = 0xffff_fffe;

/**
 * @param name of /etc/passwd, or numbers as `1234` and `1234:1235`; undefined for the default
 * @param passwd the text of /etc/passwd
 * @throws ConfinementError 'unknown-user'
 */
export function findUser(name: string | undefined, passwd: string = readFileSync('/etc/passwd', 'utf8')): ServiceUser {
  const users = parsePasswd(passwd);
  if (name === undefined) {
    const found = DEFAULT_USERS.map((each) => users.get(each)).find((user) => user !== undefined);
    if (found !== undefined) return found;
    throw new ConfinementError('unknown-user', 'there is neither a user "awg-vpn" nor "nobody"; name one with --user');
  }
  const user = users.get(name) ?? numericUser(name);
  if (user !== undefined) return user;
  throw new ConfinementError('unknown-user', `there is no user ${JSON.stringify(name)} in /etc/passwd`);
}

function parsePasswd(text: string): Map<string, ServiceUser> {
  const users = new Map<string, ServiceUser>();
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    const user = numericUser(`${uid}:${gid}`);
    if (name !== '' && user !== undefined && !users.has(name)) users.set(name, { ...user, name });
  }
  return users;
}

function numericUser(text: string): ServiceUser | undefined {
  const ids = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  if (ids === null) return undefined;
  const uid = Number(ids[1]);
  const gid = Number(ids[2] ?? ids[1]);
  return uid > HIGHEST_ID || gid > HIGHEST_ID ? undefined : { name: text, uid, gid };
}

/**
 * Every thread of this process becomes this user, with its group and no other groups.
 *
 * @throws SystemCallError EPERM without CAP_SETGID and CAP_SETUID
 */
export function becomeUser(calls: PrivilegeCalls, { name, uid, gid }: ServiceUser): void {
  const attempt = `become the user "${name}"`;
  const groups = new NativeBuffer(calls.system, 4);
  groups.view.setUint32(0, gid, true);
  // Groups before the user, who may not change them any more.
  if (calls.setgroups(1, groups.address) < 0) throw new SystemCallError('setgroups', calls.system.errno(), attempt);
  if (calls.setresgid(gid, gid, gid) < 0) throw new SystemCallError('setresgid', calls.system.errno(), attempt);
  if (calls.setresuid(uid, uid, uid) < 0) throw new SystemCallError('setresuid', calls.system.errno(), attempt);
}
