import { isNullRef } from '../../datamodel/ref.js';
import { integerOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { numberField, textField } from '../record.js';
import { isTrue } from '../values.js';
import { assertFreeOfHost, assertNotBonded, assertNotOurManagement, unplugPif } from './pifs.js';

const HIGHEST_TAG = 4094;
const VLAN_MAC = 'fe:ff:ff:ff:ff:ff';
const UNTAGGED = -1;

function assertCarriesVlans(database: Database, trunk: Row, tag: number): void {
  if (!isNullRef(textField(trunk, 'bond_slave_of'))) {
    throw new XapiFault('CANNOT_ADD_VLAN_TO_BOND_SLAVE', trunk.ref);
  }
  if (numberField(trunk, 'VLAN') >= 0) throw new XapiFault('PIF_IS_VLAN', trunk.ref);
  if (tag < 0 || tag > HIGHEST_TAG) throw new XapiFault('VLAN_TAG_INVALID', String(tag));
  for (const ref of trunk.links.get('VLAN_slave_of') ?? []) {
    if (numberField(database.get('VLAN', ref), 'tag') === tag) {
      throw new XapiFault('PIF_VLAN_EXISTS', textField(trunk, 'device'));
    }
  }
  if ((trunk.links.get('tunnel_access_PIF_of')?.size ?? 0) > 0) {
    throw new XapiFault('IS_TUNNEL_ACCESS_PIF', trunk.ref);
  }
}

/** Makes a tagged interface on a trunk; the checks are in XAPI's order. */
function createVlan({ pool }: CallContext, trunk: Row, tag: number, networkRef: string): Row {
  const { database } = pool;
  const network = database.get('network', networkRef);
  if (!isTrue(trunk.fields.get('managed'))) throw new XapiFault('PIF_UNMANAGED', trunk.ref);
  const host = textField(trunk, 'host');
  assertFreeOfHost(database, network, host);
  assertCarriesVlans(database, trunk, tag);
  const untagged = database.insert('PIF', {
    device: textField(trunk, 'device'),
    host,
    network: network.ref,
    MAC: VLAN_MAC,
    MTU: numberField(trunk, 'MTU'),
    VLAN: tag,
    physical: false,
    managed: true,
    currently_attached: true,
    ip_configuration_mode: 'None',
    ipv6_configuration_mode: 'None',
    IPv6: [''],
    primary_address_type: 'IPv4',
    igmp_snooping_status: 'unknown',
    metrics: textField(trunk, 'metrics'),
  });
  const vlan = database.insert('VLAN', { tagged_PIF: trunk.ref, untagged_PIF: untagged.ref, tag });
  database.set(untagged, 'VLAN_master_of', vlan.ref);
  return vlan;
}

function destroyVlan(context: CallContext, vlan: Row): void {
  const { database } = context.pool;
  const untagged = database.find('PIF', textField(vlan, 'untagged_PIF'));
  // Left over from an interrupted call: nothing to take down.
  if (untagged === undefined) {
    database.remove(vlan);
    return;
  }
  assertNotBonded(database, untagged);
  assertNotOurManagement(context.pool, untagged);
  if (numberField(untagged, 'VLAN') < 0) throw new XapiFault('PIF_IS_PHYSICAL');
  unplugPif(context, untagged);
  database.remove(vlan);
  database.remove(untagged);
}

function trunkNamed(database: Database, host: string, device: string): Row {
  const trunk = [...database.rows('PIF')].find(
    (pif) =>
      textField(pif, 'host') === host &&
      textField(pif, 'device') === device &&
      numberField(pif, 'VLAN') === UNTAGGED,
  );
  if (trunk === undefined) throw new XapiFault('INVALID_VALUE', 'device', device);
  return trunk;
}

function isLive(database: Database, host: Row): boolean {
  const metrics = database.find('host_metrics', textField(host, 'metrics'));
  return isTrue(metrics?.fields.get('live'));
}

/** One tagged interface on each trunk. The first failure takes back those made so far, and is the call's. */
function createEverywhere(
  context: CallContext,
  trunks: readonly Row[],
  tag: number,
  network: string,
): readonly string[] {
  const { database } = context.pool;
  const made: Row[] = [];
  try {
    for (const trunk of trunks) made.push(createVlan(context, trunk, tag, network));
  } catch (error) {
    for (const vlan of made) destroyVlan(context, vlan);
    throw error;
  }
  return made.map((vlan) => textField(database.get('VLAN', vlan.ref), 'untagged_PIF'));
}

/** Tagged interfaces, of one host and of the whole pool. */
export const VLANS: Behaviours = {
  'VLAN.create': (context, [pif, tag, network]) => {
    const trunk = context.pool.database.get('PIF', textOf(pif));
    return createVlan(context, trunk, integerOf(tag), textOf(network)).ref;
  },
  'VLAN.destroy': (context, [ref]) => {
    destroyVlan(context, context.pool.database.get('VLAN', textOf(ref)));
    return '';
  },
  'PIF.create_VLAN': (context, [device, network, host, tag]) => {
    const { database } = context.pool;
    const trunk = trunkNamed(database, textOf(host), textOf(device));
    const vlan = createVlan(context, trunk, integerOf(tag), textOf(network));
    return textField(vlan, 'untagged_PIF');
  },
  'PIF.destroy': (context, [ref]) => {
    const { database } = context.pool;
    const pif = database.get('PIF', textOf(ref));
    if (numberField(pif, 'VLAN') < 0) throw new XapiFault('PIF_IS_PHYSICAL', pif.ref);
    destroyVlan(context, database.get('VLAN', textField(pif, 'VLAN_master_of')));
    return '';
  },
  'pool.create_VLAN': (context, [device, network, tag]) => {
    const { database } = context.pool;
    const hosts = [...database.rows('host')].filter((host) => isLive(database, host));
    const trunks = hosts.map((host) => trunkNamed(database, host.ref, textOf(device)));
    return [...createEverywhere(context, trunks, integerOf(tag), textOf(network))];
  },
  'pool.create_VLAN_from_PIF': (context, [pif, network, tag]) => {
    const { database } = context.pool;
    const wire = database.get('network', textField(database.get('PIF', textOf(pif)), 'network'));
    const trunks = [...(wire.links.get('PIFs') ?? [])]
      .map((ref) => database.get('PIF', ref))
      .filter((trunk) => isLive(database, database.get('host', textField(trunk, 'host'))));
    return [...createEverywhere(context, trunks, integerOf(tag), textOf(network))];
  },
};
