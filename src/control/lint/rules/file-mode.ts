/** The file holds a private key. */
import type { LintSubject, UnplacedFinding } from '../lint-subject.ts';
import { finding } from '../lint-subject.ts';

const EVERYONE_READS = 0o004;
const GROUP_READS = 0o040;
const OTHERS_WRITE = 0o022;

export function checkMode({ mode }: LintSubject): UnplacedFinding[] {
  if (mode === undefined) return [];
  const findings: UnplacedFinding[] = [];
  const fix = 'chmod 600 the file';
  const shown = `has mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
  if ((mode & EVERYONE_READS) !== 0) {
    const text = `${shown}: every user of this system can read the private key`;
    findings.push(finding('warning', 'file-readable', [0, ''], text, fix));
  } else if ((mode & GROUP_READS) !== 0) {
    findings.push(
      finding('info', 'file-readable-by-group', [0, ''], `${shown}: its group can read the private key`, fix),
    );
  }
  if ((mode & OTHERS_WRITE) !== 0) {
    const text = `${shown}: others can change keys, routes and hooks`;
    findings.push(finding('warning', 'file-writable', [0, ''], text, fix));
  }
  return findings;
}
