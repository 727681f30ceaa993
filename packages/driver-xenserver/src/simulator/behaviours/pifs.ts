import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import { textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { isTrue } from '../values.js';

/** Throws when the network is connected to the host already: each network has one interface a host. */
export function assertFreeOfHost(database: Database, network: Row, host: string): void {
  const there = [...(network.links.get('PIFs') ?? [])].find(
    (ref) => textField(database.get('PIF', ref), 'host') === host,
  );
  if (there !== undefined) throw new XapiFault('NETWORK_ALREADY_CONNECTED', host, there);
}

/** Throws for members and masters of bonds. */
export function assertNotBonded(database: Database, pif: Row): void {
  const member = database.find('Bond', textField(pif, 'bond_slave_of')) !== undefined;
  const master = (pif.links.get('bond_master_of')?.size ?? 0) > 0;
  if (member || master) throw new XapiFault('PIF_ALREADY_BONDED', pif.ref);
}

function isManagement(pif: Row): boolean {
  return isTrue(pif.fields.get('currently_attached')) && isTrue(pif.fields.get('management'));
}

/** Throws for the interface over which a host that is not the master hears from it. */
export function assertNotOurManagement(pool: Pool, pif: Row): void {
  if (isManagement(pif) && textField(pif, 'host') !== pool.master.ref) {
    throw new XapiFault('PIF_IS_MANAGEMENT_INTERFACE', pif.ref);
  }
}

/** High availability keeps interfaces as they are. */
export function assertUnprotected(database: Database, pif: Row): void {
  const [pool] = database.rows('pool');
  if (!isTrue(pif.fields.get('currently_attached'))) return;
  if (isTrue(pool?.fields.get('ha_enabled'))) throw new XapiFault('HA_IS_ENABLED');
  if (isTrue(pool?.fields.get('redo_log_enabled'))) throw new XapiFault('REDO_LOG_IS_ENABLED');
}

/** Cards of servers that run on the host keep its interface. */
function assertNobodyUses(database: Database, pif: Row): void {
  const network = database.find('network', textField(pif, 'network'));
  const host = textField(pif, 'host');
  for (const ref of network?.links.get('VIFs') ?? []) {
    const vif = database.get('VIF', ref);
    const vm = database.find('VM', textField(vif, 'VM'));
    const there = vm !== undefined && textField(vm, 'resident_on') === host;
    if (there && isTrue(vif.fields.get('currently_attached'))) {
      throw new XapiFault('VIF_IN_USE', network?.ref ?? NULL_REF, ref);
    }
  }
}

/** Takes an interface down, or throws what needs it. */
export function unplugPif({ pool }: CallContext, pif: Row): void {
  const { database } = pool;
  assertUnprotected(database, pif);
  if (isManagement(pif)) throw new XapiFault('PIF_IS_MANAGEMENT_INTERFACE', pif.ref);
  assertNobodyUses(database, pif);
  if (isTrue(pif.fields.get('disallow_unplug'))) {
    throw new XapiFault('PIF_DOES_NOT_ALLOW_UNPLUG', pif.ref);
  }
  database.set(pif, 'currently_attached', false);
}

function plugPif({ pool }: CallContext, pif: Row): void {
  if (!isNullRef(textField(pif, 'bond_slave_of'))) {
    throw new XapiFault('CANNOT_PLUG_BOND_SLAVE', pif.ref);
  }
  if (!isTrue(pif.fields.get('managed'))) throw new XapiFault('PIF_UNMANAGED', pif.ref);
  pool.database.set(pif, 'currently_attached', true);
}

/** Interfaces of hosts. */
export const PIFS: Behaviours = {
  'PIF.plug': (context, [ref]) => {
    plugPif(context, context.pool.database.get('PIF', textOf(ref)));
    return '';
  },
  'PIF.unplug': (context, [ref]) => {
    unplugPif(context, context.pool.database.get('PIF', textOf(ref)));
    return '';
  },
};
