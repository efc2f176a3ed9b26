/** Findings for people: a line each that an editor can jump to, and what to do under it. */
import type { LintFinding, Severity } from '../../control/lint/lint-finding.ts';
import { SEVERITIES } from '../../control/lint/lint-finding.ts';

export function renderFindings(path: string, findings: readonly LintFinding[]): string {
  const lines = findings.flatMap((each) => [headline(each), ...(each.fix === '' ? [] : [`    fix: ${each.fix}`])]);
  return `${[...lines, `${path}: ${summary(findings)}`].join('\n')}\n`;
}

function headline({ file, line, severity, key, text, code }: LintFinding): string {
  const place = line === 0 ? file : `${file}:${line}`;
  const separator = text.startsWith('= ') ? ' ' : ': ';
  return `${place}: ${severity}: ${key === '' ? '' : `${key}${separator}`}${text} [${code}]`;
}

const NAMES: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  info: ['note', 'notes'],
};

function summary(findings: readonly LintFinding[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return count === 0 ? [] : [`${count} ${NAMES[severity][count === 1 ? 0 : 1]}`];
  });
  return counts.length === 0 ? 'nothing to complain about' : counts.join(', ');
}
