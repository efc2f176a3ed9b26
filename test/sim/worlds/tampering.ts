/** Breaks something in the product for the time of a call, to see whether anybody notices. */

type Methods = Record<string, unknown>;

/** Replaces a method or an accessor of a class while `action` runs. */
export function withBroken<T>(
  prototype: object,
  name: string,
  broken: (...args: never[]) => unknown,
  action: () => T,
): T {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  if (before === undefined) throw new RangeError(`there is no '${name}' to break`);
  const now = before.get === undefined ? { ...before, value: broken } : { ...before, get: broken };
  Object.defineProperty(prototype, name, now);
  try {
    return action();
  } finally {
    Object.defineProperty(prototype as Methods, name, before);
  }
}
