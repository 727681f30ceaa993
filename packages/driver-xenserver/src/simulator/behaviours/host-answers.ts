import { asText, textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { numberField, textField } from '../record.js';
import { isTrue } from '../values.js';
import { xapiTime } from '../xapi-time.js';

function hostOf(pool: Pool, ref: unknown): Row {
  return pool.database.get('host', typeof ref === 'string' ? ref : '');
}

/** A message about a host that does nothing visible. */
const nothing: Behaviour = ({ pool }, [ref]) => {
  hostOf(pool, ref);
  return '';
};

const withoutBalancing: Behaviour = () => {
  throw new XapiFault('WLB_NOT_INITIALIZED');
};

const LONGEST_NAME = 255;

function assertHostname(name: string): void {
  if (name === '') throw new XapiFault('HOST_NAME_INVALID', 'empty hostname');
  if (name.length > LONGEST_NAME) throw new XapiFault('HOST_NAME_INVALID', 'hostname is too long');
  if (/^[A-Za-z0-9.-]+$/.test(name)) return;
  throw new XapiFault('HOST_NAME_INVALID', 'hostname contains invalid characters');
}

/** What hosts tell about themselves, and what they refuse because it is not there: plug-ins, metrics, balancing. */
export const HOST_ANSWERS: Behaviours = {
  'host.get_servertime': ({ pool }, [ref]) => {
    hostOf(pool, ref);
    return xapiTime(pool.clock.now());
  },
  'host.get_server_localtime': ({ pool }, [ref]) => {
    hostOf(pool, ref);
    return xapiTime(pool.clock.now());
  },
  'host.compute_memory_overhead': ({ pool }, [ref]) =>
    numberField(hostOf(pool, ref), 'memory_overhead'),
  'host.get_uncooperative_resident_VMs': ({ pool }, [ref]) => {
    hostOf(pool, ref);
    return [];
  },
  'host.get_management_interface': ({ pool }, [ref]) => {
    const host = hostOf(pool, ref);
    const interfaces = [...(host.links.get('PIFs') ?? [])];
    const management = interfaces.find((pif) =>
      isTrue(pool.database.get('PIF', pif).fields.get('management')),
    );
    if (management === undefined) throw new XapiFault('NO_MANAGEMENT_INTERFACE');
    return management;
  },
  'host.set_hostname_live': ({ pool }, [ref, name]) => {
    const host = hostOf(pool, ref);
    assertHostname(textOf(name));
    pool.database.set(host, 'hostname', textOf(name));
    return '';
  },
  'host.set_power_on_mode': ({ pool }, [ref, mode, config]) => {
    const host = hostOf(pool, ref);
    pool.database.set(host, 'power_on_mode', textOf(mode));
    pool.database.set(host, 'power_on_config', config ?? {});
    return '';
  },
  'host.set_ssl_legacy': ({ pool }, [ref, value]) => {
    hostOf(pool, ref);
    if (!isTrue(value)) return '';
    const reason = 'Legacy SSL support has been removed';
    throw new XapiFault('VALUE_NOT_SUPPORTED', 'value', 'true', reason);
  },
  'host.call_plugin': ({ pool }, [ref, plugin]) => {
    hostOf(pool, ref);
    throw new XapiFault('XENAPI_MISSING_PLUGIN', asText(plugin));
  },
  'host.call_extension': ({ pool }, [ref, call]) => {
    hostOf(pool, ref);
    throw new XapiFault('INTERNAL_ERROR', `no extension ${asText(call)}`);
  },
  'host.has_extension': ({ pool }, [ref]) => {
    hostOf(pool, ref);
    return false;
  },
  'host.get_data_sources': ({ pool }, [ref]) => {
    hostOf(pool, ref);
    return [];
  },
  'host.query_data_source': ({ pool }, [ref]) => {
    hostOf(pool, ref);
    throw new XapiFault('INTERNAL_ERROR', `Idl.MarshalError("Expected float, got 'N'")`);
  },
  'host.dmesg': nothing,
  'host.dmesg_clear': nothing,
  'host.send_debug_keys': nothing,
  'host.apply_edition': nothing,
  'host.record_data_source': nothing,
  'host.forget_data_source_archives': nothing,
  'host.syslog_reconfigure': nothing,
  'host.sync_data': nothing,
  'host.backup_rrds': nothing,
  'host.retrieve_wlb_evacuate_recommendations': withoutBalancing,
  'pool.retrieve_wlb_configuration': withoutBalancing,
  'pool.retrieve_wlb_recommendations': withoutBalancing,
  'pool.deconfigure_wlb': withoutBalancing,
  'pool.get_master': ({ pool }, [ref]) =>
    textField(pool.database.get('pool', textOf(ref)), 'master'),
};
