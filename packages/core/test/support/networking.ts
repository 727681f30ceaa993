import type { ApplianceDesired, JsonObject, Resource } from '@gdcloud/core';
import { CERTIFICATE_A, KEY_A } from '@gdcloud/services';
import { readyNetwork, server, type TestCloud } from './cloud.js';

/** What an operator says of addresses outside. */
export const POOL: JsonObject = {
  cidr: '203.0.113.0/28',
  gateway: '203.0.113.1',
  uplink: 'outside',
};

/** A network with a server in it and an address outside. */
export interface Reachable {
  readonly network: Resource;
  readonly address: Resource;
  readonly machine: Resource;
}

/** Makes a pool of addresses. */
export function pool(world: TestCloud, more: JsonObject = {}): Promise<Resource> {
  return world.create('addresspool', { ...POOL, ...more });
}

/** Makes a network with a server in it and an address outside, and waits for all of them. */
export async function reachable(world: TestCloud): Promise<Reachable> {
  await pool(world);
  const network = await readyNetwork(world);
  const asked = await world.create('ipaddress', { networkId: network.id });
  const machine = await world.create('virtualmachine', server(network, { name: 'web' }));
  return {
    network,
    address: await world.reaches('ipaddress', asked.id, 'active'),
    machine: await world.reaches('virtualmachine', machine.id, 'running'),
  };
}

/** The body that asks for a forward to a server. */
export function forwardTo({ address, machine }: Reachable, more: JsonObject = {}): JsonObject {
  return { ipaddressId: address.id, virtualmachineId: machine.id, publicStartPort: 80, ...more };
}

/** The body that asks for a balancer that ends TLS before a server. */
export function httpsBefore({ address, machine }: Reachable, more: JsonObject = {}): JsonObject {
  return {
    ipaddressId: address.id,
    publicPort: 443,
    privatePort: 80,
    virtualmachineIds: [machine.id],
    mode: 'https',
    certificate: CERTIFICATE_A,
    privateKey: KEY_A,
    ...more,
  };
}

/** The document that a network's appliance follows. */
export function documentOf(world: TestCloud, network: Resource): ApplianceDesired {
  const kept = world.outside.appliances.objects.get(network.uuid);
  if (kept === undefined) throw new Error(`network ${network.id} has no appliance`);
  return kept.actual.document;
}
