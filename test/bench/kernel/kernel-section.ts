/** `--section kernel`: the bulk work alone, nanoseconds per packet. */
import type { BenchOptions } from '../options.ts';
import { FigureSet } from '../results/figure.ts';
import type { Section, SectionResult } from '../section.ts';
import { AeadBench } from './aead-bench.ts';
import { PacketKernelBench } from './packet-kernel-bench.ts';

export const kernelSection: Section = {
  name: 'kernel',
  unavailable: () => undefined,
  run(options: BenchOptions): Promise<SectionResult> {
    const figures = new FigureSet();
    const aead = new AeadBench();
    const packets = new PacketKernelBench();
    for (let round = 0; round < options.rounds; round += 1) packets.measure(figures, aead.measure(figures));
    return Promise.resolve({ figures: figures.list() });
  },
};
