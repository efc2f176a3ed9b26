/** The four kinds of message as the diagnosis sees them: their lengths, and the parameters that wrap them. */
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES, TRANSPORT_MINIMUM_BYTES } from '../constants.ts';
import type { MessageShape, Profile } from '../obfuscation/profile.ts';
import type { MessageKind, Parameter } from './finding.ts';

export interface KindRules {
  readonly kind: MessageKind;
  /** Of the whole message; of the shortest for transport. */
  readonly bytes: number;
  readonly prefixKey: Parameter;
  readonly headerKey: Parameter;
  readonly shapeIn: (profile: Profile) => MessageShape;
}

export const INITIATION_RULES: KindRules = {
  kind: 'initiation',
  bytes: INITIATION_BYTES,
  prefixKey: 'S1',
  headerKey: 'H1',
  shapeIn: (profile) => profile.initiation,
};

export const RESPONSE_RULES: KindRules = {
  kind: 'response',
  bytes: RESPONSE_BYTES,
  prefixKey: 'S2',
  headerKey: 'H2',
  shapeIn: (profile) => profile.response,
};

export const COOKIE_REPLY_RULES: KindRules = {
  kind: 'cookie-reply',
  bytes: COOKIE_REPLY_BYTES,
  prefixKey: 'S3',
  headerKey: 'H3',
  shapeIn: (profile) => profile.cookieReply,
};

export const TRANSPORT_RULES: KindRules = {
  kind: 'transport',
  bytes: TRANSPORT_MINIMUM_BYTES,
  prefixKey: 'S4',
  headerKey: 'H4',
  shapeIn: (profile) => profile.transport,
};
