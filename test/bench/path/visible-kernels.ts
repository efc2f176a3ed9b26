/**
 * Kernels whose calls have a name in a profile, where compiled functions have only a number. What is
 * not listed here works as well; its time counts for whoever calls it.
 */
import type { AeadKernel, PacketKernel } from '../../../src/kernels/kernel.ts';
import type { KernelWrapper } from './path-world.ts';

function visibleAead(kernel: AeadKernel): AeadKernel {
  return {
    name: kernel.name,
    seal(key, jobs, count) {
      kernel.seal(key, jobs, count);
    },
    open(key, jobs, count) {
      return kernel.open(key, jobs, count);
    },
  };
}

function visiblePackets(kernel: PacketKernel): PacketKernel {
  return {
    ...kernel,
    copy(target, source, length) {
      kernel.copy(target, source, length);
    },
    split(...parameters) {
      return kernel.split(...parameters);
    },
    writeHeaders(...parameters) {
      kernel.writeHeaders(...parameters);
    },
    disguise(...parameters) {
      kernel.disguise(...parameters);
    },
    mergeBegin(mergeTcp, mergeUdp) {
      kernel.mergeBegin(mergeTcp, mergeUdp);
    },
    mergeAdd(packet, length) {
      kernel.mergeAdd(packet, length);
    },
    mergeFinish() {
      return kernel.mergeFinish();
    },
  };
}

export const VISIBLE: KernelWrapper = { aead: visibleAead, packets: visiblePackets };
