/**
 * An assembler for the filter programs of seccomp(2): classic BPF over `struct seccomp_data`, which is a
 * list of instructions that only ever jump forward. Labels stand for places; the sizes of jumps are
 * worked out at the end.
 */

/** What becomes of a system call (seccomp.h). */
export const VERDICT = { allow: 0x7fff_0000, killProcess: 0x8000_0000, fail: 0x0005_0000 } as const;

/** Offsets in `struct seccomp_data`; both supported machines are little endian. */
const DATA = { number: 0, architecture: 4, arguments: 16, argumentBytes: 8 } as const;
/** linux/bpf_common.h */
const CODE = { loadWord: 0x20, jumpIfEqual: 0x15, jumpIfAtLeast: 0x35, jumpIfAnySet: 0x45, return: 0x06 } as const;
const INSTRUCTION_BYTES = 8;
/** BPF_MAXINSNS. */
const MAX_INSTRUCTIONS = 4096;
const LONGEST_JUMP = 255;

/** A place in the program, to jump to. */
export type Label = symbol;

interface Instruction {
  readonly code: number;
  readonly operand: number;
  /** Where to go on; the next instruction by default. */
  readonly ifTrue?: Label | undefined;
  readonly ifFalse?: Label | undefined;
}

interface Jumps {
  readonly ifTrue?: Label;
  readonly ifFalse?: Label;
}

export class SeccompAssembler {
  /** BOUNDED by MAX_INSTRUCTIONS. */
  readonly #instructions: Instruction[] = [];
  readonly #labels = new Map<Label, number>();

  loadNumber(): void {
    this.#add({ code: CODE.loadWord, operand: DATA.number });
  }

  loadArchitecture(): void {
    this.#add({ code: CODE.loadWord, operand: DATA.architecture });
  }

  /** @param half of the 64 bits of the argument */
  loadArgument(index: number, half: 'low' | 'high'): void {
    const operand = DATA.arguments + index * DATA.argumentBytes + (half === 'high' ? 4 : 0);
    this.#add({ code: CODE.loadWord, operand });
  }

  jumpIfEqual(operand: number, jumps: Jumps): void {
    this.#add({ code: CODE.jumpIfEqual, operand, ...jumps });
  }

  jumpIfAtLeast(operand: number, jumps: Jumps): void {
    this.#add({ code: CODE.jumpIfAtLeast, operand, ...jumps });
  }

  jumpIfAnySet(operand: number, jumps: Jumps): void {
    this.#add({ code: CODE.jumpIfAnySet, operand, ...jumps });
  }

  allow(): void {
    this.#add({ code: CODE.return, operand: VERDICT.allow });
  }

  /** The call does nothing and sets errno. */
  fail(errno: number): void {
    this.#add({ code: CODE.return, operand: VERDICT.fail | errno });
  }

  killProcess(): void {
    this.#add({ code: CODE.return, operand: VERDICT.killProcess });
  }

  place(label: Label): void {
    this.#labels.set(label, this.#instructions.length);
  }

  /** `struct sock_filter` after `struct sock_filter`. @throws RangeError for a program that the kernel would refuse */
  assemble(): Uint8Array {
    if (this.#instructions.length > MAX_INSTRUCTIONS) throw new RangeError('the filter is too long');
    const bytes = new Uint8Array(this.#instructions.length * INSTRUCTION_BYTES);
    const view = new DataView(bytes.buffer);
    for (const [index, { code, operand, ifTrue, ifFalse }] of this.#instructions.entries()) {
      const at = index * INSTRUCTION_BYTES;
      view.setUint16(at, code, true);
      view.setUint8(at + 2, this.#distance(index, ifTrue));
      view.setUint8(at + 3, this.#distance(index, ifFalse));
      view.setUint32(at + 4, operand, true);
    }
    return bytes;
  }

  #add(instruction: Instruction): void {
    this.#instructions.push(instruction);
  }

  #distance(from: number, label: Label | undefined): number {
    if (label === undefined) return 0;
    const distance = (this.#labels.get(label) ?? -1) - from - 1;
    if (distance < 0 || distance > LONGEST_JUMP) throw new RangeError(`a jump of ${distance} in the filter`);
    return distance;
  }
}
