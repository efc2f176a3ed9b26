/** The guises by the names that the command line has for them. */
import { dns } from './dns.ts';
import type { Guise } from './guise.ts';
import { quic } from './quic.ts';
import { random } from './random.ts';
import { sip } from './sip.ts';

export type GuiseName = 'quic' | 'dns' | 'sip' | 'random';

export const GUISES: Readonly<Record<GuiseName, Guise>> = { quic, dns, sip, random };
