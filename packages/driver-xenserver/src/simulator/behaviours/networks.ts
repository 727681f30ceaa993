import type { Json } from '@gdcloud/core';
import { isNullRef } from '../../datamodel/ref.js';
import { integerOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { numberField, textField } from '../record.js';
import { isTrue } from '../values.js';

function createNetwork({ pool }: CallContext, record: Json | undefined): string {
  const schema = pool.schema.get('network');
  if (schema === undefined) throw new Error('the datamodel has no network');
  const fields = constructorFields(schema, record);
  const bridge = fields['bridge'];
  const network = pool.database.insert('network', fields);
  if (bridge === undefined || bridge === '') {
    pool.database.set(network, 'bridge', `xapi${pool.database.generation}`);
  }
  return network.ref;
}

function destroyNetwork({ pool }: CallContext, network: Row): void {
  const { database } = pool;
  const [pif] = network.links.get('PIFs') ?? [];
  if (pif !== undefined) throw new XapiFault('NETWORK_CONTAINS_PIF', pif);
  const vifs = [...(network.links.get('VIFs') ?? [])].map((ref) => database.get('VIF', ref));
  const attached = vifs.filter((vif) => isTrue(vif.fields.get('currently_attached')));
  if (attached.length > 0) {
    throw new XapiFault('NETWORK_CONTAINS_VIF', ...attached.map((vif) => vif.ref).reverse());
  }
  // As a real XAPI does: cards of halted VMs vanish with their network (reference/xenserver.md 2.6).
  for (const vif of vifs) database.remove(vif);
  database.remove(network);
}

function assertTagFree(database: Database, trunk: Row, tag: number): void {
  if (tag < 0 || tag > 4094) throw new XapiFault('VLAN_TAG_INVALID', String(tag));
  for (const ref of trunk.links.get('VLAN_slave_of') ?? []) {
    if (numberField(database.get('VLAN', ref), 'tag') === tag) {
      throw new XapiFault('PIF_VLAN_EXISTS', textField(trunk, 'device'));
    }
  }
}

function createVlan(
  { pool }: CallContext,
  trunkRef: string,
  tag: number,
  networkRef: string,
): string {
  const { database } = pool;
  const trunk = database.get('PIF', trunkRef);
  const network = database.get('network', networkRef);
  if (!isNullRef(textField(trunk, 'VLAN_master_of'))) throw new XapiFault('PIF_IS_VLAN', trunk.ref);
  assertTagFree(database, trunk, tag);
  const host = textField(trunk, 'host');
  const there = [...(network.links.get('PIFs') ?? [])].find(
    (ref) => textField(database.get('PIF', ref), 'host') === host,
  );
  if (there !== undefined) throw new XapiFault('NETWORK_ALREADY_CONNECTED', host, there);
  const metrics = database.insert('PIF_metrics', { carrier: true });
  const untagged = database.insert('PIF', {
    device: textField(trunk, 'device'),
    host,
    network: network.ref,
    MAC: textField(trunk, 'MAC'),
    MTU: 1500,
    VLAN: tag,
    physical: false,
    managed: true,
    currently_attached: true,
    metrics: metrics.ref,
  });
  const vlan = database.insert('VLAN', { tagged_PIF: trunk.ref, untagged_PIF: untagged.ref, tag });
  database.set(untagged, 'VLAN_master_of', vlan.ref);
  return vlan.ref;
}

/** Cards of servers that run on the host keep its interface. */
function assertNoneAttached(database: Database, networkRef: string, host: string): void {
  for (const ref of database.find('network', networkRef)?.links.get('VIFs') ?? []) {
    const vif = database.get('VIF', ref);
    const there = textField(database.get('VM', textField(vif, 'VM')), 'resident_on') === host;
    if (there && isTrue(vif.fields.get('currently_attached'))) {
      throw new XapiFault('VIF_IN_USE', networkRef, ref);
    }
  }
}

function destroyVlan({ pool }: CallContext, vlan: Row): void {
  const { database } = pool;
  const untagged = database.find('PIF', textField(vlan, 'untagged_PIF'));
  if (untagged !== undefined) {
    assertNoneAttached(database, textField(untagged, 'network'), textField(untagged, 'host'));
    const metrics = database.find('PIF_metrics', textField(untagged, 'metrics'));
    if (metrics !== undefined) database.remove(metrics);
    database.remove(untagged);
  }
  database.remove(vlan);
}

/** Networks, VLANs and interfaces of hosts. */
export const NETWORKS: Behaviours = {
  'network.create': (context, [record]) => createNetwork(context, record),
  'network.destroy': (context, [ref]) => {
    destroyNetwork(context, context.pool.database.get('network', textOf(ref)));
    return '';
  },
  'VLAN.create': (context, [pif, tag, network]) =>
    createVlan(context, textOf(pif), integerOf(tag), textOf(network)),
  'VLAN.destroy': (context, [ref]) => {
    destroyVlan(context, context.pool.database.get('VLAN', textOf(ref)));
    return '';
  },
  'PIF.plug': ({ pool }, [ref]) => {
    pool.database.set(pool.database.get('PIF', textOf(ref)), 'currently_attached', true);
    return '';
  },
  'PIF.unplug': ({ pool }, [ref]) => {
    pool.database.set(pool.database.get('PIF', textOf(ref)), 'currently_attached', false);
    return '';
  },
};
