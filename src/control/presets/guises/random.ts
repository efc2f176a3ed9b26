/** No protocol at all: datagrams of random bytes, of sizes that differ from profile to profile. */
import { between } from '../draw.ts';
import type { Guise, GuiseSubject } from './guise.ts';

const SMALLEST = 40;
const LARGEST = 900;

export const random: Guise = {
  port: undefined,
  hosts: [],
  dress: (subject) => ({
    opening: Array.from({ length: between(subject.random, 2, 4) }, () => noise(subject)),
    continuation: [noise(subject)],
  }),
};

function noise(subject: GuiseSubject): string {
  return subject
    .newText()
    .randomBytes(between(subject.random, SMALLEST, LARGEST))
    .toString();
}
