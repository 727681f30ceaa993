import type { Json } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import { asText, isObject, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { isTrue, textMap } from '../values.js';
import { assertPowerState } from '../vm/assert-power-state.js';
import { withVmOperation } from '../vm/vm-operation.js';
import { assertFreeOfHost } from './pifs.js';
import { assertVirtualSwitch } from './virtual-switch.js';

/** Makes a group of devices, of which there are none; all that it is told may be left out. */
const createGroup =
  (className: string): Behaviour =>
  ({ pool }, [label, description, config]) =>
    pool.database.insert(className, {
      name_label: asText(label),
      name_description: asText(description),
      other_config: isObject(config) ? config : {},
    }).ref;

function assertHasNone(row: Row, field: string, code: string): void {
  const found = [...(row.links.get(field) ?? [])];
  if (found.length > 0) throw new XapiFault(code, ...found);
}

const ofRow =
  (
    className: string,
    act: (context: CallContext, row: Row, args: readonly Json[]) => Json,
  ): Behaviour =>
  (context, [ref, ...args]) =>
    act(context, context.pool.database.get(className, textOf(ref)), args);

const remove = (className: string): Behaviour =>
  ofRow(className, ({ pool }, row) => {
    pool.database.remove(row);
    return '';
  });

function assertManaged(row: Row, code: string): void {
  if (!isTrue(row.fields.get('managed'))) throw new XapiFault(code, row.ref);
}

function createTunnel(
  { pool }: CallContext,
  transport: Row,
  network: Row,
  protocol: string,
): string {
  const { database } = pool;
  assertManaged(network, 'NETWORK_UNMANAGED');
  assertManaged(transport, 'PIF_UNMANAGED');
  if (database.find('Bond', textField(transport, 'bond_slave_of')) !== undefined) {
    throw new XapiFault('CANNOT_ADD_TUNNEL_TO_BOND_SLAVE', transport.ref);
  }
  const host = textField(transport, 'host');
  assertFreeOfHost(database, network, host);
  assertVirtualSwitch(pool);
  if ((transport.links.get('tunnel_access_PIF_of')?.size ?? 0) > 0) {
    throw new XapiFault('IS_TUNNEL_ACCESS_PIF', transport.ref);
  }
  const taken = new Set([...database.rows('PIF')].map((pif) => textField(pif, 'device')));
  let number = 0;
  while (taken.has(`tunnel${number}`)) number += 1;
  const access = database.insert('PIF', {
    device: `tunnel${number}`,
    network: network.ref,
    host,
    MAC: pool.identifiers.macAddress(),
    MTU: -1,
    VLAN: -1,
    metrics: textField(transport, 'metrics'),
    physical: false,
    currently_attached: true,
    managed: true,
  });
  return database.insert('tunnel', {
    access_PIF: access.ref,
    transport_PIF: transport.ref,
    status: { active: 'false' },
    protocol,
  }).ref;
}

/** Generic receive offload is the one property an interface has. */
function setProperty({ pool }: CallContext, pif: Row, name: string, value: string): void {
  if (name !== 'gro' || !/^(on|off)$/.test(value)) {
    throw new XapiFault('INVALID_VALUE', 'properties', `${name} = ${value}`);
  }
  const bonded = pool.database.find('Bond', textField(pif, 'bond_slave_of')) !== undefined;
  const master = (pif.links.get('bond_master_of')?.size ?? 0) > 0;
  if (bonded || !(isTrue(pif.fields.get('physical')) || master)) {
    throw new XapiFault('CANNOT_CHANGE_PIF_PROPERTIES', pif.ref);
  }
  const properties = textMap(pif.fields.get('properties'));
  pool.database.set(pif, 'properties', { ...properties, [name]: value });
}

async function createTrustedModule(context: CallContext, vm: Row, unique: Json | undefined) {
  return withVmOperation(context, vm, 'create_vtpm', async () => {
    const there = vm.links.get('VTPMs')?.size ?? 0;
    if (there > 0) throw new XapiFault('VTPM_MAX_AMOUNT_REACHED', String(there));
    assertPowerState(vm, 'Halted');
    context.pool.database.insert('secret', { value: '' });
    return context.pool.database.insert('VTPM', {
      VM: vm.ref,
      backend: NULL_REF,
      persistence_backend: 'xapi',
      is_unique: isTrue(unique),
      is_protected: false,
    }).ref;
  });
}

function refuseCluster(stack: string): never {
  if (stack !== 'corosync') throw new XapiFault('INVALID_CLUSTER_STACK', stack);
  throw new XapiFault('NOT_IMPLEMENTED', 'clusters');
}

/** Hardware and what is made of it: groups of devices, tunnels, trusted modules. Of most of it no host here has any. */
export const HARDWARE: Behaviours = {
  'GPU_group.create': createGroup('GPU_group'),
  'GPU_group.destroy': ofRow('GPU_group', ({ pool }, group) => {
    assertHasNone(group, 'VGPUs', 'GPU_GROUP_CONTAINS_VGPU');
    assertHasNone(group, 'PGPUs', 'GPU_GROUP_CONTAINS_PGPU');
    pool.database.remove(group);
    return '';
  }),
  'GPU_group.get_remaining_capacity': ofRow('GPU_group', ({ pool }, _group, [type]) => {
    pool.database.get('VGPU_type', textOf(type));
    return 0;
  }),
  'USB_group.create': createGroup('USB_group'),
  'USB_group.destroy': ofRow('USB_group', ({ pool }, group) => {
    assertHasNone(group, 'VUSBs', 'USB_GROUP_CONTAINS_VUSB');
    assertHasNone(group, 'PUSBs', 'USB_GROUP_CONTAINS_PUSB');
    pool.database.remove(group);
    return '';
  }),
  'PUSB.scan': ofRow('host', () => ''),
  'VTPM.create': (context, [vm, unique]) =>
    createTrustedModule(context, context.pool.database.get('VM', textOf(vm)), unique),
  'VTPM.destroy': ofRow('VTPM', ({ pool: { database } }, module) => {
    assertPowerState(database.get('VM', textField(module, 'VM')), 'Halted');
    database.remove(module);
    return '';
  }),
  'tunnel.create': (context, [transport, network, protocol]) => {
    const { database } = context.pool;
    const own = database.get('network', textOf(network));
    const pif = database.get('PIF', textOf(transport));
    return createTunnel(context, pif, own, protocol === undefined ? 'gre' : textOf(protocol));
  },
  'tunnel.destroy': ofRow('tunnel', ({ pool: { database } }, tunnel) => {
    const access = database.find('PIF', textField(tunnel, 'access_PIF'));
    if (access !== undefined) database.remove(access);
    database.remove(tunnel);
    return '';
  }),
  'network_sriov.create': ({ pool: { database } }, [ref, network]) => {
    assertManaged(database.get('network', textOf(network)), 'NETWORK_UNMANAGED');
    const pif = database.get('PIF', textOf(ref));
    assertManaged(pif, 'PIF_UNMANAGED');
    const physical = isTrue(pif.fields.get('physical'));
    throw new XapiFault(physical ? 'PIF_IS_NOT_SRIOV_CAPABLE' : 'PIF_IS_NOT_PHYSICAL', pif.ref);
  },
  'SDN_controller.introduce': ({ pool }, [protocol, address, port]) => {
    assertVirtualSwitch(pool);
    return pool.database.insert('SDN_controller', {
      protocol: protocol === undefined ? 'ssl' : textOf(protocol),
      address: asText(address),
      port: Number(port ?? 0),
    }).ref;
  },
  'SDN_controller.forget': remove('SDN_controller'),
  'PVS_site.introduce': ({ pool }, [label, description, uuid]) => {
    assertVirtualSwitch(pool);
    return pool.database.insert('PVS_site', {
      name_label: textOf(label),
      name_description: textOf(description),
      PVS_uuid: textOf(uuid),
    }).ref;
  },
  'PVS_site.forget': ofRow('PVS_site', ({ pool }, site) => {
    assertHasNone(site, 'servers', 'PVS_SITE_CONTAINS_SERVERS');
    pool.database.remove(site);
    return '';
  }),
  'PVS_server.forget': remove('PVS_server'),
  'PVS_proxy.destroy': remove('PVS_proxy'),
  'Cluster.create': (_context, [, stack]) => refuseCluster(textOf(stack)),
  'Cluster.pool_create': (_context, [, stack]) => refuseCluster(textOf(stack)),
  'PIF.set_property': ofRow('PIF', (context, pif, [name, value]) => {
    setProperty(context, pif, textOf(name), textOf(value));
    return '';
  }),
  'PIF.db_forget': remove('PIF'),
  'console.destroy': remove('console'),
};
