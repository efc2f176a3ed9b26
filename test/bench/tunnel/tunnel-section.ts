/**
 * `--section tunnel`: whole daemons side by side, each at both ends of a cable between two namespaces.
 * Subjects take turns within each round, so that what else the machine does hits all alike.
 */
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import type { BenchOptions } from '../options.ts';
import { FigureSet, heldAgainst } from '../results/figure.ts';
import type { Section } from '../section.ts';
import { measureSubject, TABLES } from './measured-pair.ts';
import { isForeign, OWN_ENGINE, REFERENCE_ENGINE, subjectsOf, titleOf, versionsOf } from './subjects.ts';

/** Behind the title of a table. */
export const CABLE_WITHOUT_OFFLOADS = ', no offloads on the cable';

/** Where only ours take part, its profiles are held against plain WireGuard: what a disguise costs. */
function referenceOf({ engines }: BenchOptions): string {
  return engines.some(({ name }) => name === REFERENCE_ENGINE) ? REFERENCE_ENGINE : OWN_ENGINE;
}

export const tunnelSection: Section = {
  name: 'tunnel',
  unavailable: namespacesUnavailable,
  async run(options, progress) {
    const figures = new FigureSet();
    const cable = options.offloads === 'on' ? '' : CABLE_WITHOUT_OFFLOADS;
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const subject of subjectsOf(options)) {
        const row = { section: 'tunnel', subject: titleOf(subject), foreign: isForeign(subject) } as const;
        for (const { table, measure, value } of await measureSubject(subject, options)) {
          figures.add({ ...row, table: `${table}${cable}` }, measure, value);
        }
        progress(`tunnel: round ${round}, ${row.subject}`);
      }
    }
    const order = Object.values(TABLES).map((table) => `${table}${cable}`);
    const list = figures.list().sort((a, b) => order.indexOf(a.table) - order.indexOf(b.table));
    return { figures: heldAgainst(list, referenceOf(options)), versions: await versionsOf(options.engines) };
  },
};
