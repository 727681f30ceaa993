import type { ApiOptions } from '@gdcloud/http';
import type { Test } from 'tap';
import { DoubleResources } from '../double.js';
import { doubleTypes } from '../double-types.js';
import { everything, recorded, startTenants } from '../tenants.js';
import { UNHURRIED } from '../unhurried.js';
import type { Place } from './bad-input.js';

/** A place, the API in front of it, and a way to see whether anything in it has changed. */
export interface Behind {
  readonly place: Place;
  readonly api: ApiOptions;
  readonly state: () => Promise<string>;
  /** How many requests are on record as carried out. */
  readonly recorded: () => Promise<number>;
}

const MARKER_KEY = new Uint8Array(32).fill(7);

/** The double, with what a place needs. */
export async function doublePlace(): Promise<Behind> {
  const types = doubleTypes();
  const double = new DoubleResources(types);
  const [admin, user, other, revoked, deleted] = [
    double.addAccount('Root', 'admin'),
    ...['Ada', 'Eve', 'Revoked', 'Deleted'].map((name) => double.addAccount(name, 'user')),
  ] as const;
  if (!user || !other || !revoked || !deleted) throw new TypeError('accounts are missing');
  double.keys.splice(double.keys.indexOf(revoked), 1);
  double.keys.splice(double.keys.indexOf(deleted), 1);
  const network = { ipv4Cidr: '10.0.0.0/24' };
  const [networkType, serverType, offeringType] = [
    types.get('network'),
    types.get('virtualmachine'),
    types.get('offering'),
  ];
  const own = (await double.create(user.caller, networkType, network)).resource;
  const foreign = (await double.create(other.caller, networkType, network)).resource;
  const gone = (await double.create(user.caller, networkType, network)).resource;
  const server = (await double.create(user.caller, serverType, {})).resource;
  const offering = { name: 'small', ramSizeMb: 1024 };
  const size = (await double.create(admin.caller, offeringType, offering)).resource;
  double.entomb(gone.uuid);
  const ids = {
    network: own.id,
    uuid: own.uuid,
    foreign: foreign.id,
    gone: gone.id,
    server: server.id,
  };
  return {
    place: {
      admin,
      user,
      revoked,
      deleted,
      ...ids,
      image: size.id,
      offering: 'small',
      otherKind: size.id,
    },
    api: { types, resources: double, markerKey: MARKER_KEY, traffic: UNHURRIED },
    state: async () => JSON.stringify([double.writes, ...double.rows.values()]),
    recorded: async () => double.writes,
  };
}

/** A real cloud in which nothing moves by itself, with what a place needs. */
export async function realPlace(t: Test): Promise<Behind> {
  const real = await startTenants(t, { roles: ['api'] });
  const { cloud, root, ada, eve } = real;
  const { resources, types } = cloud;
  const [revoked, deleted] = [await real.addAccount('R'), await real.addAccount('D')];
  const apikey = types.get('apikey');
  await resources.act(root.caller, apikey, revoked.publicValue, 'deactivate', {});
  await resources.remove(root.caller, apikey, deleted.publicValue);
  const network = { ipv4Cidr: '10.0.0.0/24' };
  const own = (await real.create(ada, 'network', network)).resource;
  const foreign = (await real.create(eve, 'network', network)).resource;
  const gone = (await real.create(ada, 'network', network)).resource;
  await resources.remove(ada.caller, types.get('network'), gone.id);
  const [image] = (await resources.list(root.caller, types.get('image'), { filters: [], limit: 1 }))
    .resources;
  const imageId = image?.id ?? '';
  const offering = '1gb-1cpu';
  const server = await real.create(ada, 'virtualmachine', { offering, imageId, networkId: own.id });
  await real.create(root, 'addresspool', {
    cidr: '198.51.100.0/24',
    gateway: '198.51.100.1',
    uplink: 'wan',
  });
  // Ids count by type: this one is beyond those of networks.
  const largest = await resources.get(ada.caller, types.get('offering'), '16gb-8cpu');
  const ids = {
    network: own.id,
    uuid: own.uuid,
    foreign: foreign.id,
    gone: gone.id,
    server: server.resource.id,
  };
  return {
    place: {
      admin: root,
      user: ada,
      revoked,
      deleted,
      ...ids,
      image: imageId,
      offering,
      otherKind: largest.id,
    },
    api: { types, resources, markerKey: MARKER_KEY, traffic: UNHURRIED },
    state: () => everything(real),
    recorded: () => recorded(real),
  };
}
