import t from 'tap';
import { realPoolSettings } from './settings.js';

const pool = { GDCLOUD_XAPI_URL: 'https://pool', GDCLOUD_XAPI_PASSWORD: 'x' };

t.test('without a URL there is no real pool', async (t) => {
  t.equal(realPoolSettings({ GDCLOUD_XAPI_PASSWORD: 'x' }), undefined);
});

t.test('what is not said has a default', async (t) => {
  t.same(realPoolSettings(pool), {
    url: 'https://pool',
    username: 'root',
    password: 'x',
    tls: undefined,
    repository: undefined,
    trunk: 'eth0',
    firstTag: 4000,
    leftovers: 'left',
  });
});

t.test('certificates are trusted by their fingerprints', async (t) => {
  const env = { ...pool, GDCLOUD_XAPI_FINGERPRINT: 'aa, bb', GDCLOUD_XAPI_TLS_MIN: 'TLSv1' };
  t.same(realPoolSettings(env)?.tls, { fingerprint: ['aa', 'bb'], minVersion: 'TLSv1' });
});

t.test('what makes no sense is refused', async (t) => {
  t.throws(() => realPoolSettings({ GDCLOUD_XAPI_URL: 'https://pool' }), /PASSWORD is not set/);
  for (const tag of ['0', '4072', 'x'])
    t.throws(() => realPoolSettings({ ...pool, GDCLOUD_XAPI_FIRST_VLAN: tag }), /from 1 to 4071/);
  t.throws(
    () =>
      realPoolSettings({
        ...pool,
        GDCLOUD_XAPI_FINGERPRINT: 'aa',
        GDCLOUD_XAPI_TLS_MIN: 'SSLv3',
      }),
    /no version of TLS: SSLv3/,
  );
});
