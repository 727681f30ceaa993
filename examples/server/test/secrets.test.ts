import { sealingKeysFrom } from '@gdcloud/core';
import t from 'tap';
import type { Home } from '../dist/home.js';
import { secretsOf } from '../dist/secrets.js';
import { readSettings } from '../dist/settings.js';

const HOME: Home = {
  folder: '/srv',
  pepper: Buffer.alloc(32, 1),
  key: { publicValue: 'a', secretValue: 'b' },
  keyIsNew: 'no',
  keyFile: '/srv/key',
  share: '/srv/share',
  network: '/srv/network',
  pool: '/srv/pool',
};

/** The ids of the sealing keys that an environment leads to, the current one first. */
function idsWith(environment: { readonly [name: string]: string }): readonly string[] {
  const { sealing } = secretsOf(readSettings(environment), HOME);
  return sealing.map((secret) => sealingKeysFrom([secret]).current.id);
}

t.test('what was sealed before there was a sealing key opens with any that is added', async (t) => {
  for (const secret of ['', 'a secret of forty characters, no less ..']) {
    const cluster = { GDCLOUD_CLUSTER_SECRET: secret };
    const [derived, ...others] = idsWith(cluster);
    t.same(others, []);
    const next = 'x'.repeat(32);
    const [current, ...former] = idsWith({ ...cluster, GDCLOUD_SEALING_KEYS: next });
    t.not(current, derived);
    t.same(former, [derived]);
    const known = idsWith({ ...cluster, GDCLOUD_SEALING_KEYS: `derived, ${next}` });
    t.same(known, [derived, current], 'known before it is used');
  }
});

t.test('the derived key is each cloud’s own', async (t) => {
  const ids = [
    {},
    { GDCLOUD_CLUSTER_SECRET: 'y'.repeat(32) },
    { GDCLOUD_CLUSTER_SECRET: 'z'.repeat(32) },
  ];
  t.equal(new Set(ids.map((environment) => idsWith(environment)[0])).size, 3);
});

t.test(
  'what was sealed under another secret of the cluster opens once that is named',
  async (t) => {
    const [wrong, right] = ['w'.repeat(32), 'r'.repeat(32)];
    const [sealedUnder] = idsWith({ GDCLOUD_CLUSTER_SECRET: wrong });
    const mended = { GDCLOUD_CLUSTER_SECRET: right };
    const [current] = idsWith(mended);
    t.same(idsWith({ ...mended, GDCLOUD_SEALING_KEYS: `derived,derived:${wrong}` }), [
      current,
      sealedUnder,
    ]);
  },
);
