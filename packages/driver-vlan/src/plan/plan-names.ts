import { createHash } from 'node:crypto';
import { type Branded, parseUuid, type ResourceUuid } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';

/** A network namespace's name. */
export type NamespaceName = Branded<'NamespaceName'>;

/** A network device's name: at most 15 characters, none that a shell or `ip` reads as anything else. */
export type DeviceName = Branded<'DeviceName'>;

/** An Ethernet address in lower case. */
export type MacAddress = Branded<'MacAddress'>;

/** The namespace of a network. */
export function namespaceName(network: ResourceUuid): NamespaceName {
  const uuid = parseUuid(network);
  if (uuid === undefined) throw invalidField('InvalidUuid', 'network', 'not a canonical uuid');
  return `gd-${uuid}` as NamespaceName;
}

/** Whether a namespace is one of ours, by its name. */
export function isNamespaceName(name: string): name is NamespaceName {
  return networkIn(name) !== undefined;
}

/** The network that a namespace is of; undefined for those that aren't ours. */
export function networkIn(namespace: string): ResourceUuid | undefined {
  return namespace.startsWith('gd-') ? parseUuid(namespace.slice('gd-'.length)) : undefined;
}

/** The trunk's device, which carries the physical network's own name. Throws `invalid` for what can't name a device. */
export function trunkDevice(physicalNetwork: string, field: string): DeviceName {
  if (!/^[a-z][a-z0-9_-]{0,14}$/.test(physicalNetwork)) {
    throw invalidField(
      'InvalidPhysicalNetwork',
      field,
      'a physical network is 1 to 15 of a-z, 0-9, _ and -',
    );
  }
  return physicalNetwork as DeviceName;
}

/** A device's name until it is in its namespace, unique on the machine: `letter` and 12 digits made of `seed`. */
export function passingDevice(letter: 'o' | 't', seed: string): DeviceName {
  return `${letter}${digest(seed).toString('hex').slice(0, 12)}` as DeviceName;
}

/** The tenant side of every namespace; the firewall's rules name it. */
export const TENANT_DEVICE: DeviceName = 'n0' as DeviceName;

/** The side of an uplink in a namespace: `u` and 12 digits made of the uplink's name; the firewall knows it by the letter. */
export function uplinkDevice(uplink: DeviceName): DeviceName {
  return `u${digest(`uplink/${uplink}`).toString('hex').slice(0, 12)}` as DeviceName;
}

/** A network's WireGuard device: `wg-` and 12 digits, unique on the machine, as its control sockets share a folder. */
export function tunnelDevice(network: ResourceUuid): DeviceName {
  return `wg-${digest(`tunnel/${network}`).toString('hex').slice(0, 12)}` as DeviceName;
}

/** The routing table of a router behind an uplink: from 1024, and never one of the kernel's own. */
export function routingTable(uplink: DeviceName, gateway: string): number {
  return 1024 + (digest(`router/${uplink}/${gateway}`).readUInt32BE(0) % (2 ** 31 - 1024));
}

/** A locally administered unicast address that is always the same for `seed`: `02` and 40 bits of a hash. */
export function derivedMacAddress(seed: string): MacAddress {
  return macAddressOf([0x02, ...digest(seed).subarray(1, 6)]);
}

/** What the addresses of an appliance's own ends begin with, and nobody else's: by it a machine's cards know its networks' frames. */
export const APPLIANCE_PREFIX = '06:67';

/** The address of an appliance's end of a network, always the same for `seed`: {@link APPLIANCE_PREFIX} and 32 bits of a hash. */
export function applianceMacAddress(seed: string): MacAddress {
  return macAddressOf([0x06, 0x67, ...digest(seed).subarray(2, 6)]);
}

function macAddressOf(bytes: readonly number[]): MacAddress {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':') as MacAddress;
}

function digest(seed: string): Buffer {
  return createHash('sha256').update(seed).digest();
}
