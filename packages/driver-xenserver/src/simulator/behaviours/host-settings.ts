import type { Json } from '@gdcloud/core';
import { flagOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { endDomain } from '../domain.js';
import { XapiFault } from '../fault.js';
import { isLive } from '../placement.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { isTrue, textMap } from '../values.js';

type Act = (context: CallContext, host: Row, args: readonly Json[]) => Json;

const ofHost =
  (act: Act): Behaviour =>
  (context, [ref, ...args]) =>
    act(context, context.pool.database.get('host', textOf(ref)), args);

const nothing: Behaviour = ofHost(() => '');

function guests({ database }: Pool, host: Row): readonly Row[] {
  return [...(host.links.get('resident_VMs') ?? [])]
    .map((ref) => database.get('VM', ref))
    .filter((vm) => !isTrue(vm.fields.get('is_control_domain')));
}

/** Some things can only be changed on a host that is out of use. */
function assertOutOfUse(pool: Pool, host: Row): void {
  if (isTrue(host.fields.get('enabled'))) throw new XapiFault('HOST_NOT_DISABLED');
  const [guest] = guests(pool, host);
  if (guest !== undefined) throw new XapiFault('HOST_IN_USE', host.ref, 'VM', guest.ref);
}

/** Makes an interface the one a host is reached by. */
function moveManagement({ pool }: CallContext, pif: Row): void {
  const { database } = pool;
  if (!isTrue(pif.fields.get('managed'))) throw new XapiFault('PIF_UNMANAGED', pif.ref);
  if (database.find('Bond', textField(pif, 'bond_slave_of')) !== undefined) {
    throw new XapiFault('CANNOT_PLUG_BOND_SLAVE', pif.ref);
  }
  if (textField(pif, 'ip_configuration_mode') === 'None') {
    throw new XapiFault('PIF_HAS_NO_NETWORK_CONFIGURATION', pif.ref);
  }
  if (isTrue(pif.fields.get('management'))) return;
  const host = textField(pif, 'host');
  for (const other of database.rows('PIF')) {
    if (textField(other, 'host') === host) database.set(other, 'management', other === pif);
  }
  database.set(pif, 'currently_attached', true);
}

/** One interface of each host is on the network, or the first host without one is named. */
function interfacesOn({ pool: { database } }: CallContext, network: Row): readonly Row[] {
  const pifs = [...(network.links.get('PIFs') ?? [])].map((ref) => database.get('PIF', ref));
  return [...database.rows('host')].map((host) => {
    const own = pifs.find((pif) => textField(pif, 'host') === host.ref);
    if (own === undefined) throw new XapiFault('PIF_NOT_PRESENT', host.ref, network.ref);
    return own;
  });
}

/** What a screen's setting becomes: it follows at the next reboot unless it never left. */
const ENABLED: Readonly<Record<string, string>> = {
  disable_on_reboot: 'enabled',
  disabled: 'enable_on_reboot',
};
const DISABLED: Readonly<Record<string, string>> = {
  enable_on_reboot: 'disabled',
  enabled: 'disable_on_reboot',
};

const display = (next: Readonly<Record<string, string>>): Behaviour =>
  ofHost(({ pool }, host) => {
    const before = textField(host, 'display');
    const after = next[before] ?? before;
    pool.database.set(host, 'display', after);
    return after;
  });

function noteInConfig({ pool }: CallContext, host: Row, key: string, value: string): void {
  const config = textMap(host.fields.get('other_config'));
  pool.database.set(host, 'other_config', { ...config, [key]: value });
}

const notThere =
  (name: string): Behaviour =>
  () => {
    throw new XapiFault('NOT_IMPLEMENTED', name);
  };

/** What can be set on hosts besides their fields. */
export const HOST_SETTINGS: Behaviours = {
  'host.declare_dead': ofHost(({ pool }, host) => {
    if (isLive(pool.database, host)) throw new XapiFault('HOST_IS_LIVE', host.ref);
    if (pool.master === host) throw new XapiFault('HOST_CANNOT_DESTROY_SELF', host.ref);
    for (const vm of guests(pool, host)) endDomain(pool, vm);
    return '';
  }),
  'host.enable_local_storage_caching': ofHost(({ pool }, host, [ref]) => {
    assertOutOfUse(pool, host);
    const repository = pool.database.get('SR', textOf(ref));
    throw new XapiFault('SR_OPERATION_NOT_SUPPORTED', repository.ref);
  }),
  'host.disable_local_storage_caching': ofHost(({ pool }, host) => {
    assertOutOfUse(pool, host);
    return '';
  }),
  'host.enable_display': display(ENABLED),
  'host.disable_display': display(DISABLED),
  'host.management_reconfigure': (context, [ref]) => {
    moveManagement(context, context.pool.database.get('PIF', textOf(ref)));
    return '';
  },
  'host.local_management_reconfigure': () => {
    throw new XapiFault('POOL_NOT_IN_EMERGENCY_MODE');
  },
  'pool.management_reconfigure': (context, [ref]) => {
    const network = context.pool.database.get('network', textOf(ref));
    for (const pif of interfacesOn(context, network)) moveManagement(context, pif);
    return '';
  },
  'host.set_iscsi_iqn': ofHost((context, host, [value]) => {
    const name = textOf(value);
    if (name === '') throw new XapiFault('INVALID_VALUE', 'value', name);
    context.pool.database.set(host, 'iscsi_iqn', name);
    noteInConfig(context, host, 'iscsi_iqn', name);
    return '';
  }),
  'host.set_multipathing': ofHost((context, host, [value]) => {
    context.pool.database.set(host, 'multipathing', flagOf(value));
    noteInConfig(context, host, 'multipathing', String(flagOf(value)));
    return '';
  }),
  'host.refresh_pack_info': nothing,
  'host.disable_external_auth': nothing,
  'host.license_remove': nothing,
  'host.emergency_clear_mandatory_guidance': () => '',
  'host.get_log': notThere('get_log'),
  'host.list_methods': notThere('list_method'),
};
