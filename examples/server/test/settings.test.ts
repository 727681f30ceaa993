import t from 'tap';
// The composition root has no public names: what is tested here is what main.ts reads.
import { placeOf } from '../dist/engine-settings.js';
import { InvalidSetting } from '../dist/invalid-setting.js';
import { readSettings } from '../dist/settings.js';

type Environment = Readonly<Record<string, string>>;

const PASSWORD = 'hidden-word';

/** What a process that has its own role needs besides it. */
const APART: Environment = {
  DATABASE_URL: `postgres://gdcloud:${PASSWORD}@db.example:5433/cloud`,
  REDIS_URL: 'redis://r.example',
};

t.test('without any setting it is one process on SQLite in the home folder', async (t) => {
  const settings = readSettings({ GDCLOUD_HOME: '/srv/cloud' });
  t.match(settings, {
    host: '127.0.0.1',
    port: 8080,
    home: '/srv/cloud',
    logLevel: 'warn',
    roles: ['api', 'kernel', 'drivers'],
    drivers: ['compute', 'storage', 'network'],
    database: { kind: 'sqlite', file: '/srv/cloud/gdcloud.db' },
    redis: { urls: [] },
    sealingKeys: ['derived'],
  });
  for (const name of ['key', 'pool', 'zookeeper', 'secret'] as const)
    t.equal(settings[name], undefined, name);
});

t.test('empty values count as not set', async (t) => {
  const empty = { PORT: '', DATABASE_URL: '', REDIS_URL: '', GDCLOUD_ROLES: '', LOG_LEVEL: '' };
  t.same(readSettings(empty), readSettings({}));
});

const GOOD: readonly (readonly [string, Environment, object])[] = [
  ['any port', { PORT: '0' }, { port: 0 }],
  [
    'a certificate, seen from the home folder, and HTTP/2',
    {
      GDCLOUD_HOME: '/srv',
      GDCLOUD_TLS_CERT: 'cert.pem',
      GDCLOUD_TLS_KEY: '/etc/key.pem',
      GDCLOUD_HTTP2: 'on',
    },
    { tls: { certificate: '/srv/cert.pem', key: '/etc/key.pem' }, http2: 'on' },
  ],
  [
    'proxies, and keys in clear',
    {
      GDCLOUD_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      GDCLOUD_CREDENTIALS_IN_CLEAR: 'accepted',
    },
    { trustedProxies: ['10.0.0.0/8', '::1'], credentialsInClear: 'accepted' },
  ],
  ['another address', { HOST: '::' }, { host: '::' }],
  ['no limit of rates', { GDCLOUD_RATE_LIMIT: 'none' }, { rates: 'unlimited' }],
  [
    'a limit of rates',
    { GDCLOUD_RATE_LIMIT: '10/2' },
    { rates: { readsPerSecond: 10, writesPerSecond: 2 } },
  ],
  [
    'pages of others',
    { GDCLOUD_ORIGINS: 'https://panel.example.com, http://localhost:5173' },
    { origins: ['https://panel.example.com', 'http://localhost:5173'] },
  ],
  ['a level', { LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
  [
    'roles in any order',
    { GDCLOUD_ROLES: 'kernel, api,drivers' },
    { roles: ['api', 'kernel', 'drivers'] },
  ],
  ['one role', { ...APART, GDCLOUD_ROLES: 'kernel' }, { roles: ['kernel'] }],
  [
    'a driver host without a database',
    { REDIS_URL: 'redis://r', GDCLOUD_ROLES: 'drivers', GDCLOUD_DRIVERS: 'storage' },
    { roles: ['drivers'], drivers: ['storage'] },
  ],
  [
    'api and kernel together on SQLite, with drivers elsewhere',
    { REDIS_URL: 'redis://r', GDCLOUD_ROLES: 'api,kernel' },
    { roles: ['api', 'kernel'], database: { kind: 'sqlite' } },
  ],
  [
    'a file of SQLite, seen from the home folder',
    { GDCLOUD_HOME: '/srv', DATABASE_URL: 'sqlite:a.db' },
    { database: { kind: 'sqlite', file: '/srv/a.db' } },
  ],
  [
    'PostgreSQL',
    { DATABASE_URL: 'postgresql://u@h/d' },
    { database: { kind: 'postgres', url: 'postgresql://u@h/d', poolSize: 10 } },
  ],
  [
    'MariaDB, with a pool and an authority of its own',
    { DATABASE_URL: 'mariadb://u@h/d', DATABASE_POOL_SIZE: '25', DATABASE_CA: '/etc/ca.pem' },
    { database: { kind: 'mysql', poolSize: 25, caFile: '/etc/ca.pem' } },
  ],
  [
    'several brokers',
    { REDIS_URL: ' rediss://:p@a:6380  redis+cluster://b,c ', REDIS_CA: '/etc/ca.pem' },
    { redis: { urls: ['rediss://:p@a:6380', 'redis+cluster://b,c'], caFile: '/etc/ca.pem' } },
  ],
  [
    'Sentinels',
    { REDIS_URL: 'redis+sentinel://a,b/main', REDIS_SENTINEL_PASSWORD: 's' },
    { redis: { urls: ['redis+sentinel://a,b/main'], sentinelPassword: 's' } },
  ],
  [
    'ZooKeeper',
    { ZOOKEEPER_CONNECT: 'a:2181,b:2181/clouds/one' },
    {
      zookeeper: {
        connect: 'a:2181,b:2181/clouds/one',
        strategy: 'resource',
        sessionTimeoutMs: 10_000,
      },
    },
  ],
  [
    'ZooKeeper with everything said',
    {
      ZOOKEEPER_CONNECT: 'a:2181',
      GDCLOUD_LOCKS: 'partition',
      ZOOKEEPER_SESSION_SECONDS: '6',
      ZOOKEEPER_AUTH: 'cloud:one:two',
    },
    {
      zookeeper: {
        strategy: 'partition',
        sessionTimeoutMs: 6_000,
        auth: { user: 'cloud', password: 'one:two' },
      },
    },
  ],
  ['a secret', { GDCLOUD_CLUSTER_SECRET: 'x'.repeat(32) }, { secret: 'x'.repeat(32) }],
  [
    'sealing keys, the current one first',
    { GDCLOUD_SEALING_KEYS: `${'y'.repeat(32)}, ${'x'.repeat(32)}` },
    { sealingKeys: ['y'.repeat(32), 'x'.repeat(32), 'derived'] },
  ],
  [
    'a sealing key that is not the current one yet',
    { GDCLOUD_SEALING_KEYS: `derived,${'x'.repeat(32)}` },
    { sealingKeys: ['derived', 'x'.repeat(32)] },
  ],
  [
    'the administrator’s key',
    { GDCLOUD_ACCESS_KEY: 'a', GDCLOUD_SECRET_KEY: 'b:c' },
    { key: { publicValue: 'a', secretValue: 'b:c' } },
  ],
  [
    'a pool',
    { XENSERVER_URL: 'https://pool', XENSERVER_PASSWORD: 'p' },
    { pool: { url: 'https://pool', username: 'root', password: 'p' } },
  ],
];

for (const [what, environment, expected] of GOOD) {
  t.test(`takes ${what}`, async (t) => {
    t.match(readSettings(environment), expected);
  });
}

const BAD: readonly (readonly [Environment, RegExp])[] = [
  [{ GDCLOUD_TLS_CERT: 'a' }, /^GDCLOUD_TLS_KEY is missing beside GDCLOUD_TLS_CERT/],
  [{ GDCLOUD_TLS_KEY: 'a' }, /^GDCLOUD_TLS_CERT is missing beside GDCLOUD_TLS_KEY/],
  [{ GDCLOUD_HTTP2: 'on' }, /^GDCLOUD_HTTP2 needs GDCLOUD_TLS_CERT/],
  [{ GDCLOUD_HTTP2: 'yes' }, /^GDCLOUD_HTTP2 must be on or off, not "yes"/],
  [
    { GDCLOUD_TRUSTED_PROXIES: '10.0.0.1, proxy.example' },
    /^GDCLOUD_TRUSTED_PROXIES can't be used: "proxy.example" is no IP address/,
  ],
  [
    { GDCLOUD_CREDENTIALS_IN_CLEAR: 'yes' },
    /^GDCLOUD_CREDENTIALS_IN_CLEAR must be refused or accepted/,
  ],
  [{ PORT: '65536' }, /^PORT must be a number from 0 to 65535/],
  [{ PORT: '8e3' }, /^PORT must be/],
  ...['10', '0/5', '5/0', '-1/2', '1.5/2', '1e9/1', '10/2/3'].map(
    (text) => [{ GDCLOUD_RATE_LIMIT: text }, /^GDCLOUD_RATE_LIMIT must be reads and/] as const,
  ),
  ...[
    '*',
    'panel.example.com',
    'https://panel.example.com/',
    'https://*.example.com',
    'https://a,',
  ].map((text) => [{ GDCLOUD_ORIGINS: text }, /^GDCLOUD_ORIGINS must be origins/] as const),
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of trace, debug/],
  [
    { ...APART, GDCLOUD_ROLES: 'api,worker' },
    /^GDCLOUD_ROLES must be one or more of api,kernel,drivers/,
  ],
  [{ GDCLOUD_DRIVERS: 'disks' }, /^GDCLOUD_DRIVERS must be one or more of compute,storage,network/],
  [{ GDCLOUD_ROLES: 'drivers' }, /^REDIS_URL is needed when GDCLOUD_ROLES leaves out a role/],
  [{ GDCLOUD_ROLES: 'api,kernel' }, /^REDIS_URL is needed/],
  [
    { GDCLOUD_ROLES: 'kernel', REDIS_URL: 'redis://r' },
    /^DATABASE_URL must be postgres:.* when api and kernel are separate processes/,
  ],
  [
    { GDCLOUD_ROLES: 'api', REDIS_URL: 'redis://r', DATABASE_URL: 'sqlite:shared.db' },
    /^DATABASE_URL must be postgres:/,
  ],
  [{ DATABASE_URL: 'sqlite:' }, /^DATABASE_URL must be sqlite:FILE/],
  [{ DATABASE_URL: `oracle://u:${PASSWORD}@h/d` }, /^DATABASE_URL must be sqlite:FILE/],
  [{ DATABASE_URL: `u:${PASSWORD}@h/d` }, /^DATABASE_URL must be sqlite:FILE/],
  [{ DATABASE_URL: `postgres://u:${PASSWORD}@h` }, /^DATABASE_URL must end with the name/],
  [{ DATABASE_POOL_SIZE: '0' }, /^DATABASE_POOL_SIZE must be a number from 1 to 1000/],
  [{ DATABASE_POOL_SIZE: 'ten' }, /^DATABASE_POOL_SIZE must be/],
  [{ REDIS_URL: `:${PASSWORD}@r` }, /^REDIS_URL must be redis:/],
  [{ REDIS_URL: `redis://r http://:${PASSWORD}@r` }, /^REDIS_URL must be redis:/],
  [{ REDIS_URL: `redis+sentinel://:${PASSWORD}@a,b` }, /^REDIS_URL must be redis:/],
  [
    { ZOOKEEPER_CONNECT: 'z', GDCLOUD_LOCKS: 'both' },
    /^GDCLOUD_LOCKS must be resource or partition/,
  ],
  [
    { ZOOKEEPER_CONNECT: 'z', ZOOKEEPER_SESSION_SECONDS: '0' },
    /^ZOOKEEPER_SESSION_SECONDS must be a number from 1 to 120/,
  ],
  [{ ZOOKEEPER_CONNECT: 'z', ZOOKEEPER_AUTH: PASSWORD }, /^ZOOKEEPER_AUTH must be USER:PASSWORD/],
  [{ ZOOKEEPER_CONNECT: 'z', ZOOKEEPER_AUTH: `:${PASSWORD}` }, /^ZOOKEEPER_AUTH must be/],
  [
    { GDCLOUD_CLUSTER_SECRET: PASSWORD },
    /^GDCLOUD_CLUSTER_SECRET must have at least 32 characters/,
  ],
  [
    { GDCLOUD_SEALING_KEYS: `${'x'.repeat(32)},${PASSWORD}` },
    /^GDCLOUD_SEALING_KEYS must be keys of at least 32 characters, or derived/,
  ],
  [{ GDCLOUD_SEALING_KEYS: `${'x'.repeat(32)},` }, /^GDCLOUD_SEALING_KEYS must be/],
  [{ GDCLOUD_SEALING_KEYS: `derived:${'x'.repeat(31)}` }, /^GDCLOUD_SEALING_KEYS must be/],
  [{ GDCLOUD_ACCESS_KEY: 'a' }, /^GDCLOUD_SECRET_KEY is missing/],
  [{ GDCLOUD_SECRET_KEY: PASSWORD }, /^GDCLOUD_ACCESS_KEY is missing/],
  [
    { GDCLOUD_ACCESS_KEY: 'a:b', GDCLOUD_SECRET_KEY: PASSWORD },
    /^GDCLOUD_ACCESS_KEY must be printable ASCII/,
  ],
  [{ XENSERVER_URL: 'https://pool' }, /^XENSERVER_PASSWORD is missing/],
  [
    { XENSERVER_URL: 'ftp://pool', XENSERVER_PASSWORD: PASSWORD },
    /^XENSERVER_URL must be an http or https URL/,
  ],
];

for (const [environment, problem] of BAD) {
  const told = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  t.test(`refuses ${told.join(' ')}`, async (t) => {
    try {
      readSettings(environment);
      t.fail('it was taken');
    } catch (thrown) {
      if (!(thrown instanceof InvalidSetting)) throw thrown;
      t.match(thrown.message, problem);
      t.notMatch(thrown.message, PASSWORD, 'no password is told');
    }
  });
}

t.test('where a database is can be shown to anybody', async (t) => {
  const place = (url: string) => placeOf(readSettings({ DATABASE_URL: url }).database);
  t.equal(place(APART['DATABASE_URL'] ?? ''), 'db.example:5433/cloud (PostgreSQL)');
  t.equal(place(`mysql://u:${PASSWORD}@h/d?password=${PASSWORD}&sslmode=require`), 'h/d (MariaDB)');
  t.equal(place('sqlite:/srv/a.db'), '/srv/a.db (SQLite)');
});
