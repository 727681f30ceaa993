import { createHash } from 'node:crypto';
import {
  asUuid,
  type JsonObject,
  type Reference,
  type Resource,
  type ResourceUuid,
} from '@gdcloud/core';
import type { Key } from './double.js';
import type { Tenants } from './tenants.js';

/** One resource of each type that an account can have, by type. */
export type Furniture = ReadonlyMap<string, Resource>;

/** What every text that an account may choose begins with, so that it is known wherever it turns up. */
export function canaryOf(key: Key): string {
  return `canary-of-${key.caller.accountName.toLowerCase()}`;
}

/** Has an account ask for one of everything that users can ask for. */
export async function furnish(tenants: Tenants, key: Key): Promise<Furniture> {
  const made = new Map<string, Resource>();
  const id = (type: string): string => made.get(type)?.id ?? '';
  const canary = canaryOf(key);
  const add = async (type: string, fields: JsonObject): Promise<void> => {
    const body = { name: canary, description: `${canary} speaks`, data: { canary }, ...fields };
    made.set(type, (await tenants.create(key, type, body)).resource);
  };
  const image = await anyOf(tenants, 'image');
  await add('network', { ipv4Cidr: '10.7.0.0/24', domain: `${canary}.internal` });
  await add('ipaddress', { networkId: id('network') });
  await add('virtualmachine', {
    offering: '1gb-1cpu',
    imageId: image.id,
    networkId: id('network'),
    labels: [canary],
    userData: canary,
  });
  await add('volume', { sizeGb: 1 });
  await add('snapshot', { volumeId: id('volume') });
  await add('portforward', {
    ipaddressId: id('ipaddress'),
    virtualmachineId: id('virtualmachine'),
    publicStartPort: 8080,
  });
  await add('loadbalancer', {
    ipaddressId: id('ipaddress'),
    virtualmachineIds: [id('virtualmachine')],
    publicPort: 80,
    privatePort: 8080,
  });
  await add('networkrule', {
    networkId: id('network'),
    action: 'allow',
    sourceCidr: '203.0.113.0/24',
  });
  await add('vpn', { networkId: id('network'), ipaddressId: id('ipaddress') });
  // A VPN takes clients once its appliance has it, and here nothing moves.
  const vpn = made.get('vpn');
  const client = await insert(tenants, 'vpnclient', {
    owner: key,
    name: canary,
    spec: { vpnId: id('vpn'), address: '10.99.0.2', addressKey: `${id('vpn')}/10.99.0.2` },
    references: vpn === undefined ? [] : [{ field: 'vpnId', target: vpn.uuid }],
  });
  made.set('vpnclient', client);
  await add('apikey', {});
  await add('login', { username: key.caller.accountName, password: 'long enough for anybody' });
  const records = tenants.cloud.types.get('auditrecord');
  const mine = { filters: [], limit: 1 };
  const { resources } = await tenants.cloud.resources.list(key.caller, records, mine);
  for (const record of resources) made.set(records.id, record);
  const account = await tenants.store.get(key.caller.account);
  if (account !== undefined) made.set('account', account);
  return made;
}

/** Has the administrator offer one of everything that only administrators make, or that taking stock finds. */
export async function furnishHouse(tenants: Tenants): Promise<Furniture> {
  const { root } = tenants;
  const made = new Map<string, Resource>();
  const add = async (type: string, body: JsonObject): Promise<void> => {
    made.set(type, (await tenants.create(root, type, body)).resource);
  };
  const pool = { cidr: '198.51.100.0/24', gateway: '198.51.100.1', uplink: 'wan' };
  await add('addresspool', { ...pool, name: 'outside' });
  await add('offering', { name: '1gb-64cpu', ramSizeMb: 1024, cpuCount: 64 });
  await add('image', { name: 'small', osType: 'linux', bootMode: 'hvm', sizeGb: 1 });
  const stocked = async (type: string, spec: JsonObject): Promise<void> => {
    const name = `${type} of the house`;
    made.set(type, await insert(tenants, type, { owner: root, name, spec, references: [] }));
  };
  await stocked('host', { external: 'host-1', enabled: true });
  await stocked('storagepool', { external: 'share-1', enabled: true });
  const imageId = made.get('image')?.id ?? '';
  const storagepoolId = made.get('storagepool')?.id ?? '';
  await stocked('imagecopy', { imageId, storagepoolId });
  const found = { driver: 'memory.servers', external: 'x', objectUuid: uuidOf('x'), epoch: 1 };
  await stocked('orphan', { ...found, key: 'memory.servers/x', sightedAt: 1_700_000_000_000 });
  return made;
}

/** Some live resource of a type. */
async function anyOf({ cloud, root }: Tenants, type: string): Promise<Resource> {
  const query = { filters: [], limit: 1 };
  const { resources } = await cloud.resources.list(root.caller, cloud.types.get(type), query);
  const [first] = resources;
  if (first === undefined) throw new TypeError(`there is no ${type}`);
  return first;
}

function uuidOf(name: string): ResourceUuid {
  const digest = createHash('sha256').update(name).digest('hex');
  return asUuid(`0190a0b0-0000-7000-8000-${digest.slice(0, 12)}`);
}

interface Inserted {
  readonly owner: Key;
  readonly name: string;
  readonly spec: JsonObject;
  readonly references: readonly Reference[];
}

// What nobody can ask for the cloud itself writes down, and so does this.
async function insert(
  { store, cloud }: Tenants,
  typeId: string,
  { owner, name, spec: given, references }: Inserted,
): Promise<Resource> {
  const type = cloud.types.get(typeId);
  const defaults = Object.entries(type.spec).map(([field, { default: value }]) => [
    field,
    value ?? null,
  ]);
  const spec: JsonObject = { ...Object.fromEntries(defaults), ...given };
  const { resource } = await store.insert({
    uuid: uuidOf(`${typeId} ${name}`),
    type: typeId,
    account: owner.caller.account,
    name,
    description: null,
    data: {},
    spec,
    naturalKey: type.uniqueBy === undefined ? null : String(spec[type.uniqueBy]),
    visibleToAll: type.access.visibleTo === 'everyone' ? 'yes' : 'no',
    references,
    created: 1_700_000_000_000,
    event: { at: 1_700_000_000_000, what: 'found', why: 'stock was taken', result: 'create' },
  });
  return resource;
}
