import type { Json } from '@gdcloud/core';
import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import { listOf, structOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { isMacAddress } from '../mac-address.js';
import { numberField, textField } from '../record.js';
import { isTrue, storedValue, textMap } from '../values.js';
import { classNamed } from './class-named.js';
import { assertFreeOfHost } from './pifs.js';

const ADDRESS_FIELDS = ['ip_configuration_mode', 'IP', 'netmask', 'gateway', 'DNS'];

function assertBondable(database: Database, members: readonly Row[]): void {
  for (const member of members) {
    if (database.find('Bond', textField(member, 'bond_slave_of')) !== undefined) {
      throw new XapiFault('PIF_ALREADY_BONDED', member.ref);
    }
    if (numberField(member, 'VLAN') >= 0) {
      throw new XapiFault('PIF_VLAN_EXISTS', textField(member, 'device'));
    }
  }
  const hosts = new Set(members.map((member) => textField(member, 'host')));
  if (hosts.size !== 1) throw new XapiFault('PIF_CANNOT_BOND_CROSS_HOST');
  if (members.filter((pif) => textField(pif, 'ip_configuration_mode') !== 'None').length > 1) {
    throw new XapiFault('PIF_BOND_MORE_THAN_ONE_IP');
  }
}

/** The member whose address and MAC the bond takes over. */
function primaryOf(members: readonly Row[]): Row | undefined {
  return (
    members.find((pif) => isTrue(pif.fields.get('management'))) ??
    members.find((pif) => textField(pif, 'ip_configuration_mode') !== 'None') ??
    members[0]
  );
}

function bondName(database: Database, host: string): string {
  const devices = new Set(
    [...database.rows('PIF')]
      .filter((pif) => textField(pif, 'host') === host)
      .map((pif) => textField(pif, 'device')),
  );
  let number = 0;
  while (devices.has(`bond${number}`)) number += 1;
  return `bond${number}`;
}

function moveAddress(database: Database, from: Row, to: Row): void {
  for (const field of ADDRESS_FIELDS) database.set(to, field, from.fields.get(field) ?? '');
  database.set(to, 'management', isTrue(from.fields.get('management')));
  database.set(from, 'ip_configuration_mode', 'None');
  database.set(from, 'management', false);
}

/** VLANs stay on their networks and get another trunk; cards of VMs on the host follow the wire. */
function moveTraffic(database: Database, from: Row, to: Row): void {
  for (const ref of from.links.get('VLAN_slave_of') ?? []) {
    const vlan = database.get('VLAN', ref);
    database.set(vlan, 'tagged_PIF', to.ref);
    const untagged = database.find('PIF', textField(vlan, 'untagged_PIF'));
    if (untagged !== undefined) database.set(untagged, 'device', textField(to, 'device'));
  }
  const network = database.get('network', textField(from, 'network'));
  for (const ref of network.links.get('VIFs') ?? []) {
    const vif = database.get('VIF', ref);
    const vm = database.find('VM', textField(vif, 'VM'));
    if (vm !== undefined && textField(vm, 'resident_on') === textField(from, 'host')) {
      database.set(vif, 'network', textField(to, 'network'));
    }
  }
}

function create({ pool }: CallContext, args: readonly Json[]): string {
  const { database } = pool;
  const network = database.get('network', textOf(args[0]));
  const members = [...new Set(listOf(args[1]).map(textOf))].map((ref) => database.get('PIF', ref));
  const wanted = textOf(args[2]);
  const primary = primaryOf(members);
  if (primary === undefined) throw new XapiFault('PIF_BOND_NEEDS_MORE_MEMBERS');
  const host = textField(primary, 'host');
  assertFreeOfHost(database, network, host);
  if (wanted !== '' && !isMacAddress(wanted)) throw new XapiFault('MAC_INVALID', wanted);
  assertBondable(database, members);
  const modeType = classNamed(pool, 'Bond').fields.get('mode')?.type ?? { kind: 'string' };
  const mode = args[3] === undefined ? 'balance-slb' : storedValue(modeType, args[3]);
  const master = database.insert('PIF', {
    device: bondName(database, host),
    host,
    network: network.ref,
    MAC: wanted === '' ? textField(primary, 'MAC') : wanted,
    MTU: numberField(primary, 'MTU'),
    VLAN: -1,
    physical: false,
    managed: true,
    currently_attached: members.some((pif) => isTrue(pif.fields.get('currently_attached'))),
    metrics: database.insert('PIF_metrics', { carrier: true }).ref,
  });
  const bond = database.insert('Bond', {
    master: master.ref,
    primary_slave: primary.ref,
    mode,
    properties: args[4] === undefined ? {} : textMap(structOf(args[4])),
  });
  moveAddress(database, primary, master);
  for (const member of members) {
    database.set(member, 'bond_slave_of', bond.ref);
    database.set(member, 'disallow_unplug', false);
    moveTraffic(database, member, master);
  }
  return bond.ref;
}

function destroy({ pool }: CallContext, bond: Row): void {
  const { database } = pool;
  const master = database.get('PIF', textField(bond, 'master'));
  const members = [...(bond.links.get('slaves') ?? [])].map((ref) => database.get('PIF', ref));
  const named = textField(bond, 'primary_slave');
  const primary = isNullRef(named) ? members[0] : database.get('PIF', named);
  if (primary !== undefined) {
    moveAddress(database, master, primary);
    moveTraffic(database, master, primary);
    database.set(primary, 'currently_attached', isTrue(master.fields.get('currently_attached')));
  }
  for (const member of members) database.set(member, 'bond_slave_of', NULL_REF);
  const metrics = database.find('PIF_metrics', textField(master, 'metrics'));
  if (metrics !== undefined) database.remove(metrics);
  database.remove(master);
  database.remove(bond);
}

/** Interfaces made of several. */
export const BONDS: Behaviours = {
  'Bond.create': (context, args) => create(context, args),
  'Bond.destroy': (context, [ref]) => {
    destroy(context, context.pool.database.get('Bond', textOf(ref)));
    return '';
  },
  'Bond.set_mode': ({ pool }, [ref, value]) => {
    const type = classNamed(pool, 'Bond').fields.get('mode')?.type ?? { kind: 'string' };
    pool.database.set(pool.database.get('Bond', textOf(ref)), 'mode', storedValue(type, value));
    return '';
  },
  'Bond.set_property': ({ pool }, [ref, name, value]) => {
    const bond = pool.database.get('Bond', textOf(ref));
    const properties = textMap(bond.fields.get('properties'));
    pool.database.set(bond, 'properties', { ...properties, [textOf(name)]: textOf(value) });
    return '';
  },
};
