/** Memory through which one thread sees what another is fuzzing just now: two numbers, then the input. */
export const CURRENT = { executions: 0, length: 1, inputAt: 8, bytes: 8 + 65_536 } as const;

/** The input that runs. */
export function currentInput(current: SharedArrayBuffer): Uint8Array {
  const length = new Int32Array(current)[CURRENT.length] ?? 0;
  return new Uint8Array(current, CURRENT.inputAt, length).slice();
}
