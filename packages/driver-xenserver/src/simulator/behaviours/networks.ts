import type { Json } from '@gdcloud/core';
import { asText, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { textField } from '../record.js';
import { isTrue, storedValue, textList, textMap } from '../values.js';
import { BONDS } from './bonds.js';
import { classNamed } from './class-named.js';
import { PIF_ADDRESSES } from './pif-addresses.js';
import { PIF_CARDS } from './pif-cards.js';
import { PIFS } from './pifs.js';
import { VLANS } from './vlans.js';

const LONGEST_BRIDGE_NAME = 15;
const RESERVED_NAMES = /^(xen|xapi|vif|tap|eth)/;
const USUAL_MTU = 1500;

function bridgeFor({ pool }: CallContext, wanted: string): string {
  const taken = new Set([...pool.database.rows('network')].map((row) => textField(row, 'bridge')));
  if (wanted === '') return pool.bridges.next(taken);
  if (wanted.length > LONGEST_BRIDGE_NAME || RESERVED_NAMES.test(wanted)) {
    throw new XapiFault('INVALID_VALUE', 'bridge', wanted);
  }
  if (taken.has(wanted)) throw new XapiFault('BRIDGE_NAME_EXISTS', wanted);
  return wanted;
}

function create(context: CallContext, record: Json | undefined): string {
  const { pool } = context;
  const fields = constructorFields(classNamed(pool, 'network'), record);
  const mtu = Number(fields['MTU']);
  return pool.database.insert('network', {
    ...fields,
    MTU: mtu > 0 ? mtu : USUAL_MTU,
    bridge: bridgeFor(context, asText(fields['bridge'])),
  }).ref;
}

function destroy({ pool }: CallContext, network: Row): void {
  const { database } = pool;
  const vifs = [...(network.links.get('VIFs') ?? [])].map((ref) => database.get('VIF', ref));
  const attached = vifs.filter((vif) => isTrue(vif.fields.get('currently_attached')));
  // The database of a real XAPI lists what came last first.
  if (attached.length > 0) {
    throw new XapiFault('NETWORK_CONTAINS_VIF', ...attached.map((vif) => vif.ref).reverse());
  }
  const pifs = [...(network.links.get('PIFs') ?? [])];
  if (pifs.length > 0) throw new XapiFault('NETWORK_CONTAINS_PIF', ...pifs.reverse());
  const { is_host_internal_management_network: internal } = textMap(
    network.fields.get('other_config'),
  );
  if (internal === 'true') throw new XapiFault('CANNOT_DESTROY_SYSTEM_NETWORK', network.ref);
  // As a real XAPI does: cards of halted VMs vanish with their network (reference/xenserver.md 2.6).
  for (const vif of vifs) {
    const metrics = database.find('VIF_metrics', textField(vif, 'metrics'));
    if (metrics !== undefined) database.remove(metrics);
    database.remove(vif);
  }
  database.remove(network);
}

function setLockingMode({ pool }: CallContext, network: Row, value: Json | undefined): void {
  const field = classNamed(pool, 'network').fields.get('default_locking_mode');
  const mode = storedValue(field?.type ?? { kind: 'string' }, value);
  const [first] = [...(network.links.get('VIFs') ?? [])].filter((ref) =>
    isTrue(pool.database.get('VIF', ref).fields.get('currently_attached')),
  );
  if (first !== undefined) throw new XapiFault('VIF_IN_USE', network.ref, first);
  pool.database.set(network, 'default_locking_mode', mode);
}

/** Secure and insecure block devices never go over networks of one pool. */
const OPPOSITE: Readonly<Record<string, string>> = { nbd: 'insecure_nbd', insecure_nbd: 'nbd' };

function addPurpose({ pool }: CallContext, network: Row, value: Json | undefined): void {
  const { database } = pool;
  const type = classNamed(pool, 'network').fields.get('purpose')?.type;
  const [purpose = ''] = textList(storedValue(type ?? { kind: 'string' }, [value ?? '']));
  const { [purpose]: opposite = '' } = OPPOSITE;
  for (const other of database.rows('network')) {
    if (textList(other.fields.get('purpose')).includes(opposite)) {
      throw new XapiFault('NETWORK_INCOMPATIBLE_PURPOSES', purpose, opposite);
    }
  }
  const purposes = textList(network.fields.get('purpose'));
  database.set(network, 'purpose', [...new Set([...purposes, purpose])]);
}

/** Networks, and what hosts connect to them with. */
export const NETWORKS: Behaviours = {
  ...BONDS,
  ...PIFS,
  ...PIF_ADDRESSES,
  ...PIF_CARDS,
  ...VLANS,
  'network.create': (context, [record]) => create(context, record),
  'network.destroy': (context, [ref]) => {
    destroy(context, context.pool.database.get('network', textOf(ref)));
    return '';
  },
  'network.set_default_locking_mode': (context, [ref, value]) => {
    setLockingMode(context, context.pool.database.get('network', textOf(ref)), value);
    return '';
  },
  'network.add_purpose': (context, [ref, value]) => {
    addPurpose(context, context.pool.database.get('network', textOf(ref)), value);
    return '';
  },
};
