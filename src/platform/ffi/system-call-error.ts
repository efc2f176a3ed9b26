/** What a failed system call looks like to the cold path. The hot path handles negative numbers instead. */
import type { ErrnoName } from './errno.ts';
import { errnoName, errnoText } from './errno.ts';

export class SystemCallError extends Error {
  override readonly name: string = 'SystemCallError';
  /** `EPERM` and so on; stable, made for comparison. */
  readonly code: ErrnoName | (string & {});
  readonly errno: number;
  /** The call, with its request where one call does many things: `ioctl TUNSETIFF`. */
  readonly call: string;

  /** @param attempt what was to be achieved, for people: `create TUN interface "awg0"` */
  constructor(call: string, errno: number, attempt?: string, hint?: string) {
    super(describe(call, errno, attempt, hint));
    this.code = errnoName(errno);
    this.errno = errno;
    this.call = call;
  }
}

function describe(call: string, errno: number, attempt: string | undefined, hint: string | undefined): string {
  const cause = `${call}: ${errnoName(errno)}, ${errnoText(errno)}`;
  if (attempt === undefined) return cause;
  return hint === undefined ? `cannot ${attempt} (${cause})` : `cannot ${attempt}: ${hint} (${cause})`;
}

/** The hint that goes with EPERM and EACCES wherever root would have been enough. */
export const PRIVILEGE_HINT = 'missing privileges, CAP_NET_ADMIN is needed';
