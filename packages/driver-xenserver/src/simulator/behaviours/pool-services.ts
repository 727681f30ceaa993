import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { isLive } from '../placement.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { isTrue } from '../values.js';

const refused =
  (code: string): Behaviour =>
  () => {
    throw new XapiFault(code);
  };

const withoutAvailability = refused('HA_NOT_ENABLED');

/** As many hosts may fail as leave one: nothing here is protected, so nothing has to fit. */
function mostFailures({ database }: Pool): number {
  const live = [...database.rows('host')].filter((host) => isLive(database, host));
  return Math.max(0, live.length - 1);
}

const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Certificates and lists of revoked ones lie in files, of which there are none. */
const noFile =
  (kind: 'CERTIFICATE' | 'CRL'): Behaviour =>
  (_context, [name]) => {
    const code = FILE_NAME.test(textOf(name)) ? 'DOES_NOT_EXIST' : 'NAME_INVALID';
    throw new XapiFault(`${kind}_${code}`, textOf(name));
  };

/** Throws unless every host has the repository plugged; a replica or a heartbeat there is nothing it can hold. */
function assertHolds({ database }: Pool, repository: Row): void {
  const connections = [...(repository.links.get('PBDs') ?? [])].map((ref) =>
    database.get('PBD', ref),
  );
  const hosts = new Set(connections.map((pbd) => textField(pbd, 'host')));
  for (const host of database.rows('host')) {
    if (!hosts.has(host.ref)) throw new XapiFault('SR_NO_PBDS', repository.ref);
  }
  if (!connections.every((pbd) => isTrue(pbd.fields.get('currently_attached')))) {
    throw new XapiFault('SR_HAS_NO_PBDS', repository.ref);
  }
  throw new XapiFault('SR_OPERATION_NOT_SUPPORTED', repository.ref);
}

const holds: Behaviour = ({ pool }, [ref]) => {
  assertHolds(pool, pool.database.get('SR', textOf(ref)));
  return '';
};

/** What a pool may have and this one has not: high availability, balancing, replicas, certificates. */
export const POOL_SERVICES: Behaviours = {
  'pool.enable_ha': refused('CANNOT_CREATE_STATE_FILE'),
  'pool.disable_ha': withoutAvailability,
  'pool.ha_prevent_restarts_for': withoutAvailability,
  'host.emergency_ha_disable': withoutAvailability,
  'pool.ha_compute_max_host_failures_to_tolerate': ({ pool }) => mostFailures(pool),
  'pool.ha_compute_hypothetical_max_host_failures_to_tolerate': ({ pool }) => mostFailures(pool),
  'pool.ha_failover_plan_exists': ({ pool }, [failures]) => Number(failures) <= mostFailures(pool),
  'pool.ha_compute_vm_failover_plan': () => ({}),
  'SR.assert_can_host_ha_statefile': holds,
  'SR.assert_supports_database_replication': holds,
  'SR.enable_database_replication': holds,
  'SR.disable_database_replication': ({ pool }, [ref]) => {
    pool.database.get('SR', textOf(ref));
    return '';
  },
  'pool.disable_redo_log': ({ pool: { database } }) => {
    const [row] = database.rows('pool');
    if (row !== undefined) database.set(row, 'redo_log_enabled', false);
    return '';
  },
  'pool.initialize_wlb': (_context, [url]) => {
    if (!/^[^:/\s]+:\d+$/.test(textOf(url))) throw new XapiFault('WLB_URL_INVALID', textOf(url));
    throw new XapiFault('WLB_CONNECTION_REFUSED');
  },
  'pool.send_wlb_configuration': refused('WLB_NOT_INITIALIZED'),
  'pool.certificate_list': () => [],
  'pool.crl_list': () => [],
  'pool.certificate_sync': () => '',
  'pool.certificate_uninstall': noFile('CERTIFICATE'),
  'pool.uninstall_ca_certificate': noFile('CERTIFICATE'),
  'pool.crl_uninstall': noFile('CRL'),
  'SR.get_data_sources': ({ pool }, [ref]) => {
    pool.database.get('SR', textOf(ref));
    return [];
  },
  'SR.query_data_source': ({ pool }, [ref]) => {
    pool.database.get('SR', textOf(ref));
    throw new XapiFault('INTERNAL_ERROR', `Idl.MarshalError("Expected float, got 'N'")`);
  },
  'SR.record_data_source': ({ pool }, [ref]) => {
    pool.database.get('SR', textOf(ref));
    return '';
  },
  'SR.forget_data_source_archives': ({ pool }, [ref]) => {
    pool.database.get('SR', textOf(ref));
    return '';
  },
};
