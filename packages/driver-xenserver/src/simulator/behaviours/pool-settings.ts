import { NULL_REF } from '../../datamodel/ref.js';
import { asText, integerOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { isTrue, textList } from '../values.js';
import { assertVirtualSwitch } from './virtual-switch.js';

type Act = (context: CallContext, pool: Row, args: Parameters<Behaviour>[1]) => void;

const ofPool =
  (act: Act): Behaviour =>
  (context, [ref, ...args]) => {
    act(context, context.pool.database.get('pool', textOf(ref)), args);
    return '';
  };

/** A message about the pool that does nothing visible. */
const nothing: Behaviour = ofPool(() => undefined);

/** Keeps a text in a secret of its own and forgets the one that was there. */
function replaceSecret({ pool: { database } }: CallContext, row: Row, field: string, text: string) {
  const before = database.find('secret', textField(row, field));
  const after = text === '' ? NULL_REF : database.insert('secret', { value: text }).ref;
  database.set(row, field, after);
  if (before !== undefined) database.remove(before);
}

/** XAPI has no error of its own for that. */
const EJECTED_MASTER = 'Xapi_pool.Cannot_eject_master';

/** Days are numbered from Sunday. */
const LAST_DAY_OF_WEEK = 6;

const PROXY = /^https?:\/\/[^/:@?#\s]+(:\d+)?\/?$/;

function configureProxy(context: CallContext, row: Row, args: Parameters<Behaviour>[1]): void {
  const { database } = context.pool;
  const [url = '', username = '', password = ''] = args.map(asText);
  if (!PROXY.test(url)) throw new XapiFault('INVALID_REPOSITORY_PROXY_URL', url);
  const unusable = /[\r\n]/.test(username + password);
  if ((username === '') !== (password === '') || unusable) {
    throw new XapiFault('INVALID_REPOSITORY_PROXY_CREDENTIAL');
  }
  database.set(row, 'repository_proxy_url', url);
  database.set(row, 'repository_proxy_username', username);
  replaceSecret(context, row, 'repository_proxy_password', password);
}

function setRepositories({ pool: { database } }: CallContext, row: Row, refs: readonly string[]) {
  if (textList(row.fields.get('repositories')).join(' ') === refs.join(' ')) return;
  database.set(row, 'repositories', refs);
}

/** The pool's own settings, where they are more than a field. */
export const POOL_SETTINGS: Behaviours = {
  'pool.reset_telemetry_uuid': ofPool((context, row) =>
    replaceSecret(context, row, 'telemetry_uuid', context.pool.identifiers.uuid()),
  ),
  'pool.set_https_only': ofPool(({ pool: { database } }, _row, [value]) => {
    for (const host of database.rows('host')) database.set(host, 'https_only', isTrue(value));
  }),
  'pool.configure_repository_proxy': ofPool(configureProxy),
  'pool.disable_repository_proxy': ofPool((context, row) => {
    context.pool.database.set(row, 'repository_proxy_url', '');
    context.pool.database.set(row, 'repository_proxy_username', '');
    replaceSecret(context, row, 'repository_proxy_password', '');
  }),
  'pool.enable_client_certificate_auth': ofPool(({ pool: { database } }, row, [name]) => {
    database.set(row, 'client_certificate_auth_name', textOf(name));
    database.set(row, 'client_certificate_auth_enabled', true);
  }),
  'pool.disable_client_certificate_auth': ofPool(({ pool: { database } }, row) => {
    database.set(row, 'client_certificate_auth_enabled', false);
    database.set(row, 'client_certificate_auth_name', '');
  }),
  'pool.add_repository': ofPool((context, row, [value]) => {
    const before = textList(row.fields.get('repositories'));
    setRepositories(context, row, [...new Set([...before, textOf(value)])]);
  }),
  'pool.remove_repository': ofPool((context, row, [value]) => {
    const before = textList(row.fields.get('repositories'));
    setRepositories(
      context,
      row,
      before.filter((ref) => ref !== value),
    );
  }),
  'pool.configure_update_sync': ofPool(({ pool: { database } }, row, [frequency, day]) => {
    const last = frequency === 'weekly' ? LAST_DAY_OF_WEEK : 0;
    const wanted = integerOf(day);
    if (wanted < 0 || wanted > last) throw new XapiFault('INVALID_UPDATE_SYNC_DAY', String(wanted));
    database.set(row, 'update_sync_frequency', textOf(frequency));
    database.set(row, 'update_sync_day', wanted);
  }),
  'pool.set_update_sync_enabled': ofPool(({ pool: { database } }, row, [value]) => {
    const none = textList(row.fields.get('repositories')).length === 0;
    if (isTrue(value) && none) throw new XapiFault('NO_REPOSITORIES_CONFIGURED');
    database.set(row, 'update_sync_enabled', isTrue(value));
  }),
  'pool.sync_updates': ({ pool: { database } }, [ref]) => {
    const repositories = textList(database.get('pool', textOf(ref)).fields.get('repositories'));
    const code = 'NO_REPOSITORIES_CONFIGURED';
    throw new XapiFault(repositories.length === 0 ? code : 'NOT_IMPLEMENTED');
  },
  'pool.get_license_state': ({ pool: { database } }, [ref]) => {
    database.get('pool', textOf(ref));
    const [host] = database.rows('host');
    return { edition: host === undefined ? '' : textField(host, 'edition'), expiry: 'never' };
  },
  'pool.has_extension': ({ pool }, [ref]) => {
    pool.database.get('pool', textOf(ref));
    return false;
  },
  'pool.set_vswitch_controller': ({ pool }, [address]) => {
    assertVirtualSwitch(pool);
    const [row] = pool.database.rows('pool');
    if (row !== undefined) pool.database.set(row, 'vswitch_controller', textOf(address));
    return '';
  },
  'pool.set_igmp_snooping_enabled': ofPool(({ pool }, row, [value]) => {
    assertVirtualSwitch(pool);
    pool.database.set(row, 'igmp_snooping_enabled', isTrue(value));
  }),
  'pool.disable_ssl_legacy': nothing,
  'pool.apply_edition': nothing,
  'pool.detect_nonhomogeneous_external_auth': nothing,
  // There is no directory: nothing is left to be turned off.
  'pool.disable_external_auth': nothing,
  'pool.eject': ({ pool }, [ref]) => {
    const host = pool.database.get('host', textOf(ref));
    if (host === pool.master) throw new XapiFault('INTERNAL_ERROR', EJECTED_MASTER);
    throw new XapiFault('NOT_IMPLEMENTED', 'pool.eject');
  },
  'pool.sync_database': () => '',
  'pool.recover_slaves': () => [],
  'pool.test_archive_target': () => {
    throw new XapiFault('MESSAGE_REMOVED');
  },
};
