import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nftText, parseChains, tableText } from './nft.ts';

test('a table is written with all of its chains', () => {
  const text = tableText('awg-vpn-wg0', [
    { name: 'one', hook: 'type nat hook postrouting priority 100', rules: ['ip saddr 10.0.0.0/8 masquerade'] },
    { name: 'two', hook: 'type filter hook forward priority 0', rules: ['accept', 'drop'] },
  ]);
  assert.equal(
    text,
    `table inet awg-vpn-wg0 {
  chain one {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 10.0.0.0/8 masquerade
  }
  chain two {
    type filter hook forward priority 0; policy accept;
    accept
    drop
  }
}
`,
  );
});

test('no text gets out of its quotes, and none matches more than itself', () => {
  assert.equal(nftText('wg0+=.-'), '"wg0+=.-"');
  for (const text of ['', 'wg*', 'a"; drop', 'a\\', 'a\nb', 'a\u0000'])
    assert.throws(() => nftText(text), { name: 'NftError', code: 'bad-text' }, JSON.stringify(text));
});

test('chains are read from the listing of nft', () => {
  const listing = `table inet awg-vpn-wg0 {
	chain masquerading {
		type nat hook postrouting priority 100; policy accept;
	}
	chain helper {
	}
}
table ip filter {
	chain FORWARD {
		type filter hook forward priority 0; policy drop;
	}
}
table netdev x {
	chain in {
		type filter hook ingress device "eth0" priority 0; policy accept;
	}
}
`;
  assert.deepEqual(parseChains(listing), [
    { family: 'inet', table: 'awg-vpn-wg0', name: 'masquerading', hook: 'postrouting', policy: 'accept' },
    { family: 'ip', table: 'filter', name: 'FORWARD', hook: 'forward', policy: 'drop' },
    { family: 'netdev', table: 'x', name: 'in', hook: 'ingress', policy: 'accept' },
  ]);
  assert.deepEqual(parseChains(''), []);
});
