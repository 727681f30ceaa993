import t from 'tap';
import { freshPool, NOBODY } from './fresh-pool.js';

t.test(
  'a proxy for updates needs a URL of a host, and both a name and a password or neither',
  async (t) => {
    const { call, first, refused } = await freshPool(t);
    const pool = await first('pool.get_all');
    const secrets = async (): Promise<number> =>
      ((await call('secret.get_all')) as unknown[]).length;
    const before = await secrets();
    for (const url of ['', 'ftp://proxy', 'http://', 'http://user@proxy', 'http://proxy/path']) {
      t.same(await refused('pool.configure_repository_proxy', pool, url, '', ''), [
        'INVALID_REPOSITORY_PROXY_URL',
        url,
      ]);
    }
    for (const [name, password] of [
      ['me', ''],
      ['', 'secret'],
      ['me', 'two\nlines'],
    ]) {
      t.same(
        await refused('pool.configure_repository_proxy', pool, 'http://proxy:8080', name, password),
        ['INVALID_REPOSITORY_PROXY_CREDENTIAL'],
      );
    }
    await call('pool.configure_repository_proxy', pool, 'http://proxy:8080', 'me', 'hidden');
    t.equal(await call('pool.get_repository_proxy_url', pool), 'http://proxy:8080');
    t.equal(await secrets(), before + 1, 'the password is a secret');
    await call('pool.disable_repository_proxy', pool);
    t.equal(await call('pool.get_repository_proxy_username', pool), '');
    t.equal(await secrets(), before);
  },
);

t.test('updates need a repository, which has a URL of its own', async (t) => {
  const { call, ref, first, refused } = await freshPool(t);
  const pool = await first('pool.get_all');
  t.same(await refused('pool.sync_updates', pool, false), ['NO_REPOSITORIES_CONFIGURED']);
  t.same(await refused('pool.set_update_sync_enabled', pool, true), ['NO_REPOSITORIES_CONFIGURED']);
  const urls = ['https://updates.example/bin', 'https://updates.example/src'];
  t.same(await refused('Repository.introduce', 'base', '', 'nowhere', urls[1], true, ''), [
    'INVALID_BASE_URL',
    'nowhere',
  ]);
  const repository = await ref('Repository.introduce', 'base', '', ...urls, true, '');
  t.same(await refused('Repository.introduce', 'base', '', ...urls, true, ''), [
    'REPOSITORY_ALREADY_EXISTS',
    repository,
  ]);
  await call('pool.add_repository', pool, repository);
  t.same(await refused('Repository.forget', repository), ['REPOSITORY_IS_IN_USE']);
  await call('pool.remove_repository', pool, repository);
  await call('Repository.forget', repository);
  t.same(await call('Repository.get_all'), []);
  for (const [frequency, day] of [
    ['daily', 1],
    ['weekly', 7],
  ]) {
    t.same(await refused('pool.configure_update_sync', pool, frequency, day), [
      'INVALID_UPDATE_SYNC_DAY',
      String(day),
    ]);
  }
  await call('pool.configure_update_sync', pool, 'weekly', 6);
  t.equal(await call('pool.get_update_sync_day', pool), 6);
});

t.test('a pool of one host says what it has not', async (t) => {
  const { call, first, refused } = await freshPool(t);
  const pool = await first('pool.get_all');
  const host = await first('host.get_all');
  const repository = await first('SR.get_all');
  for (const [wanted, method, ...args] of [
    [['HA_NOT_ENABLED'], 'pool.disable_ha'],
    [['HA_NOT_ENABLED'], 'pool.ha_prevent_restarts_for', 5],
    [['HA_NOT_ENABLED'], 'host.emergency_ha_disable', false],
    [['CANNOT_CREATE_STATE_FILE'], 'pool.enable_ha', [], {}],
    [['WLB_URL_INVALID', 'nowhere'], 'pool.initialize_wlb', 'nowhere', 'a', 'b', 'c', 'd'],
    [['WLB_NOT_INITIALIZED'], 'pool.send_wlb_configuration', {}],
    [['CERTIFICATE_DOES_NOT_EXIST', 'mine'], 'pool.certificate_uninstall', 'mine'],
    [['CERTIFICATE_NAME_INVALID', '../mine'], 'pool.certificate_uninstall', '../mine'],
    [['CRL_DOES_NOT_EXIST', 'mine'], 'pool.crl_uninstall', 'mine'],
    [['SR_OPERATION_NOT_SUPPORTED', repository], 'SR.enable_database_replication', repository],
    [['AUTH_IS_DISABLED'], 'auth.get_subject_identifier', 'somebody'],
    [['AUTH_IS_DISABLED'], 'subject.create', { subject_identifier: 'S-1', other_config: {} }],
    [['ROLE_NOT_FOUND'], 'subject.add_to_roles', NOBODY, NOBODY],
    [['INTERNAL_ERROR', 'Xapi_pool.Cannot_eject_master'], 'pool.eject', host],
    [['OPENVSWITCH_NOT_ACTIVE'], 'pool.set_igmp_snooping_enabled', pool, true],
  ] as const) {
    t.same(await refused(method, ...args), wanted, method);
  }
  t.equal(await call('pool.ha_compute_max_host_failures_to_tolerate'), 0);
  t.equal(await call('pool.ha_failover_plan_exists', 1), false);
});

t.test('a changed password is asked for at the next login', async (t) => {
  const { call, simulator, raw } = await freshPool(t);
  await call('session.change_password', 'whatever it was', 'new');
  t.equal(simulator.username, 'root');
  const login = (password: string): Promise<Response> =>
    fetch(`${simulator.url}/jsonrpc`, {
      method: 'POST',
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'session.login_with_password',
        params: ['root', password],
      }),
    });
  t.match(await (await login('secret')).json(), {
    error: { message: 'SESSION_AUTHENTICATION_FAILED' },
  });
  t.match(await (await login('new')).json(), { result: /^OpaqueRef:/ });
  t.ok(await call('session.get_uuid', raw.session), 'sessions go on');
});
