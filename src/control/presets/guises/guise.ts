/** What a guise is: a protocol that the datagrams before a handshake imitate. `table.ts` lists them. */
import type { Random } from '../../../protocol/random.ts';
import type { SignatureText } from './signature-text.ts';

export interface Guise {
  /** Where servers of this protocol listen; undefined where no port looks more natural than another. */
  readonly port: number | undefined;
  /** Names to choose from where the user gives none, public servers of the protocol; empty: it mentions none. */
  readonly hosts: readonly string[];
  dress(subject: GuiseSubject): GuiseTexts;
}

export interface GuiseTexts {
  /** Values for I1 and following, at most five. */
  readonly opening: readonly string[];
  /** Values for J1 and following, at most three: what generation 1.5 sends while the opening is not due again. */
  readonly continuation: readonly string[];
}

export interface GuiseSubject {
  /** A host name; empty where the guise has no hosts. */
  readonly host: string;
  readonly random: Random;
  /** A new, empty value in the language that the generation knows. */
  readonly newText: () => SignatureText;
}
