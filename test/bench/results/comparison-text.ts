/** A comparison for people: what changed, worst first, and how much was looked at. */
import type { ComparedFigure, Comparison, Verdict } from './comparison.ts';
import { keyOf } from './figure.ts';
import { formatNumber, percent } from './tables.ts';

/** Verdicts that are told figure by figure, in this order. */
const TOLD: readonly Verdict[] = ['worse', 'noise', 'too few rounds', 'better'];

export function renderComparison({ compared, missing, added }: Comparison, path: string): string {
  const lines = TOLD.flatMap((verdict) =>
    compared
      .filter((each) => each.verdict === verdict)
      .sort((a, b) => b.worsening - a.worsening)
      .map(renderLine),
  );
  return [
    `Compared with ${path}:`,
    ...lines,
    ...missing.map((key) => `  not measured now   ${key}`),
    ...added.map((key) => `  not measured then  ${key}`),
    `${compared.length} figures: ${tally(compared)}`,
  ].join('\n');
}

function renderLine({ figure, before, after, relative, worsening, verdict }: ComparedFigure): string {
  const unit = relative ? `x ${figure.yardstick?.name ?? ''}` : figure.measure.unit;
  const change = `${percent(Math.abs(worsening))} ${worsening > 0 ? 'worse' : 'better'}`;
  const remark = verdict === 'worse' || verdict === 'better' ? '' : ` (${verdict})`;
  return `  ${change}${remark}: ${keyOf(figure)}: ${formatNumber(before)} -> ${formatNumber(after)} ${unit}`;
}

function tally(compared: readonly ComparedFigure[]): string {
  const verdicts: readonly Verdict[] = ['unchanged', ...TOLD];
  const counts = verdicts.map(
    (verdict) => [compared.filter((each) => each.verdict === verdict).length, verdict] as const,
  );
  return counts
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${verdict}`)
    .join(', ');
}
