import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripConfig } from './strip-config.ts';

test('what only wg-quick reads is taken out, everything else stays as it is but for outer blanks', () => {
  const text = [
    '# mine',
    '\t[Interface] # here ',
    ' address = 10.0.0.1/24',
    'PrivateKey = x # key',
    'MTU=1300',
    'DNS = 1.1.1.1',
    'postup = echo a = b',
    'Jc = 4',
    '',
    '[Peer]',
    'Address = kept, it is no key of this section',
    'AllowedIPs = ::/0',
  ];
  const rest = [
    '# mine',
    '[Interface] # here',
    'PrivateKey = x # key',
    'Jc = 4',
    '',
    '[Peer]',
    'Address = kept, it is no key of this section',
    'AllowedIPs = ::/0',
  ];
  assert.equal(stripConfig(text.join('\n')), `${rest.join('\n')}\n\n`);
  assert.equal(stripConfig(''), '\n');
});

test('keys that are ours alone go too: no other tool reads them', () => {
  assert.equal(
    stripConfig(
      '[Interface]\nMasquerade = true\nListenTCP = 443\nListenPort = 1\n[Peer]\nTransport = tcp\nEndpoint = a:1\n',
    ),
    '[Interface]\nListenPort = 1\n[Peer]\nEndpoint = a:1\n\n',
  );
});

test('a carriage return ends no line', () => {
  assert.equal(stripConfig('[Interface]\r\nMTU = 1\r\nListenPort = 1\r\n'), '[Interface]\r\nListenPort = 1\r\n\n');
  assert.equal(stripConfig('[Interface]\nMTU = 1\rListenPort = 1\n'), '[Interface]\n\n');
});
