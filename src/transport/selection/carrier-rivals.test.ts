import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Instant } from '../../protocol/time.ts';
import type { CarrierName } from '../carrier-name.ts';
import { CarrierLinks } from './carrier-links.ts';
import { CarrierRivals } from './carrier-rivals.ts';
import { Prober } from './prober.ts';
import type { SelectorAction } from './selector-messages.ts';

const NAMES: readonly CarrierName[] = ['udp', 'tcp', 'tls', 'websocket'];
const SOMEWHERE: Endpoint = { address: Uint8Array.of(192, 0, 2, 1), port: 443, scopeId: 0 };
const at = (milliseconds: number): Instant => milliseconds as Instant;

/** UDP is silent since 0; the others may be asked. */
function setUp() {
  const actions: SelectorAction[] = [];
  const emit = (action: SelectorAction): void => void actions.push(action);
  const candidates = NAMES.map((name) => ({ name, endpoint: SOMEWHERE }));
  const links = new CarrierLinks(candidates, emit);
  const prober = new Prober(emit);
  const rivals = new CarrierRivals(0, [1, 2, 3], links, prober, at(0));
  const asked = (): string[] => {
    const done = actions.splice(0);
    return done.flatMap((action) => ('candidate' in action ? [`${action.kind} ${NAMES[action.candidate]}`] : []));
  };
  return { links, prober, rivals, asked };
}

test('one after the other is opened, and asked when it can be', () => {
  const { links, rivals, asked } = setUp();
  rivals.look(true, at(0));
  assert.deepEqual(asked(), ['open tcp']);
  links.up(1);
  rivals.look(true, at(50));
  assert.deepEqual(asked(), ['probe tcp']);
  assert.ok(rivals.haveBeenAsked);
  rivals.look(true, at(399));
  assert.deepEqual(asked(), []);
  rivals.look(true, at(400));
  assert.deepEqual(asked(), ['open tls']);
  rivals.look(true, at(800));
  assert.deepEqual(asked(), ['open websocket']);
  rivals.look(true, at(5_000));
  assert.deepEqual(asked(), []);
});

test('one that is refused or reset does not keep the next waiting', () => {
  const { links, rivals, asked } = setUp();
  rivals.look(true, at(0));
  links.down(1, 'connection refused', at(20));
  rivals.look(true, at(20));
  assert.deepEqual(asked(), ['open tcp', 'open tls']);
});

test('without a session there is nothing to ask with', () => {
  const { links, rivals, asked } = setUp();
  rivals.look(false, at(0));
  links.up(1);
  rivals.look(false, at(50));
  assert.deepEqual(asked(), ['open tcp']);
  assert.ok(!rivals.haveBeenAsked);
});

test('it is asked again right after the one in use, so that the peer answers it last', () => {
  const { links, prober, rivals, asked } = setUp();
  links.open(1);
  links.up(1);
  rivals.look(true, at(0));
  asked();
  rivals.look(true, at(50));
  assert.deepEqual(asked(), []);
  prober.send(0, at(100));
  rivals.look(true, at(100));
  assert.deepEqual(asked(), ['probe udp', 'probe tcp']);
});

test('data is an answer only from one that was asked, and the first one counts', () => {
  const { links, rivals } = setUp();
  rivals.heard(1);
  assert.equal(rivals.answeredBy, undefined);
  rivals.look(true, at(0));
  links.up(1);
  rivals.look(true, at(50));
  rivals.heard(2);
  rivals.heard(1);
  assert.equal(rivals.answeredBy, 1);
});
